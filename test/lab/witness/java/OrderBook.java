import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The open orders of a portfolio at the exchange, in the order in which they came. */
final class OrderBook {
  /** An order that has not ended. */
  static final class Order {
    String tradeId;
    String orderId;
    String exchange;
    String instrumentId;
    boolean buys;
    BigInteger quantity;
    BigInteger filled = Money.ZERO;
    String correlationId;
    int sent;
    /** Its age: the time of its placement, or of its last replacement. */
    long since;
    /** Reports that are under way. */
    List<Plan.Step> steps = new ArrayList<>();
  }

  long execSeq;
  List<Order> orders = new ArrayList<>();

  /** The order whose next report is due first, and by `until`; of two the older one. Null: none. */
  Order next(long until) {
    return orders.stream().filter(each -> !each.steps.isEmpty() && each.steps.get(0).at <= until)
        .min(Comparator.comparingLong((Order each) -> each.steps.get(0).at).thenComparingLong(each -> each.since).thenComparing(each -> each.orderId))
        .orElse(null);
  }
}
