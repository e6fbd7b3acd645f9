import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** An order in the books. */
final class BookOrder {
  private static final Map<String, String> ENDS = Map.of("FILL", "FILLED", "CANCELED", "CANCELLED", "EXPIRED", "EXPIRED", "REJECTED", "REJECTED");

  String status = "NEW";
  BigInteger filled = Money.ZERO;
  BigInteger leaves = Money.ZERO;
  /** Reports that apply. */
  int applied;

  /** The state after a report. A replacement keeps it. */
  static String after(String status, String execType) {
    if (execType.equals("PARTIAL_FILL")) return "PARTIALLY_FILLED";
    return ENDS.getOrDefault(execType, status);
  }

  /** Its part of the state hash; zero before its first report. */
  BigInteger part(String orderId) {
    if (applied == 0) return Money.ZERO;
    return hash("order", orderId, status, filled.toString(), leaves.toString(), String.valueOf(applied));
  }

  static BigInteger hash(String... parts) {
    return new BigInteger(1, Ids.digest("SHA-256", Ids.identity(parts).getBytes(StandardCharsets.UTF_8)));
  }
}
