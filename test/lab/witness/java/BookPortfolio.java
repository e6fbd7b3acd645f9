import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The books of a portfolio, but for its positions. */
final class BookPortfolio {
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

  long version;
  long fills;
  Long asOf;
  /** The sum, modulo 2^256, of the hashes of all positions and orders. */
  BigInteger hash = Money.ZERO;
  /** Keys of the instruments that have a position, open or closed. */
  List<String> instruments = new ArrayList<>();

  /** Puts one part in the place of another. */
  void exchange(BigInteger before, BigInteger after) {
    hash = hash.subtract(before).add(after).mod(MODULUS);
  }

  String stateHash() {
    return String.format("%064x", hash);
  }
}
