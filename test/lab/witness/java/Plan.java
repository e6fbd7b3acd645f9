import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.generic.GenericRecord;

/** The reports of an order that trades near the reference price of its signal, as processors/rules.md has them. */
final class Plan {
  /** One report to come. */
  static final class Step {
    String execType;
    BigInteger units = Money.ZERO;
    BigInteger price;
    BigInteger fee = Money.ZERO;
    long at;
  }

  /** The first of the numbers of draws, by what they decide. */
  private static final int PLACING = 0, SHARE = 1, DELAYS = 1_000, SLIPPAGE = 2_000, PARTS = 3_000;

  private final GenericRecord trade;
  private final String orderId;
  private final Settings.Execution settings;
  private final BigInteger quantity;
  private final BigInteger lot;

  Plan(GenericRecord trade, String orderId, Settings.Execution settings) {
    this.trade = trade;
    this.orderId = orderId;
    this.settings = settings;
    quantity = Event.decimal(trade, "quantity");
    lot = Event.decimal(trade, "lotSize");
  }

  long placedAt(long approvedAt) {
    return approvedAt + delay(PLACING);
  }

  /** An order that must fill whole or not at all expires at once if its plan does not fill it. */
  List<Step> steps(long placedAt) {
    List<Step> planned = all(placedAt);
    Step last = planned.get(planned.size() - 1);
    Long until = Event.number(trade, "expiresAt");
    boolean tooLate = until != null && last.at >= until;
    if ("FOK".equals(Event.text(trade, "timeInForce")) && (last.execType.equals("EXPIRED") || (last.execType.equals("FILL") && tooLate)))
      return new ArrayList<>(List.of(end("EXPIRED", placedAt)));
    List<Step> steps = new ArrayList<>();
    for (Step step : planned) {
      if (until == null || step.at < until) {
        steps.add(step);
        continue;
      }
      steps.add(end("EXPIRED", Math.max(placedAt, until)));
      break;
    }
    return steps;
  }

  /** As if it did not expire before. */
  private List<Step> all(long placedAt) {
    List<Step> steps = new ArrayList<>();
    long at = placedAt;
    if (settings.profile().equals("REJECT")) {
      at += delay(DELAYS);
      steps.add(end("REJECTED", at));
      return steps;
    }
    BigInteger filled = Money.ZERO;
    for (BigInteger units : sizes()) {
      at += delay(DELAYS + steps.size());
      filled = filled.add(units);
      Step step = new Step();
      step.execType = filled.equals(quantity) ? "FILL" : "PARTIAL_FILL";
      step.units = units;
      step.price = price(steps.size());
      step.fee = fee(units, step.price);
      step.at = at;
      steps.add(step);
    }
    if (!filled.equals(quantity)) steps.add(end("EXPIRED", at + delay(DELAYS + steps.size())));
    return steps;
  }

  static Step end(String execType, long at) {
    Step step = new Step();
    step.execType = execType;
    step.at = at;
    return step;
  }

  BigInteger fee(BigInteger units, BigInteger price) {
    BigInteger unit = Money.unit((Integer) trade.get("feePrecision"));
    BigInteger exact = units.multiply(price).multiply(Event.decimal(trade, "takerFeeRate"));
    return Money.halfEven(exact, Money.ONE.multiply(Money.ONE).multiply(unit)).multiply(unit);
  }

  private List<BigInteger> sizes() {
    BigInteger lots = quantity.divide(lot);
    if (settings.profile().equals("PARTIAL_EXPIRE")) {
      BigInteger tenths = BigInteger.valueOf(1 + Ids.draw(9, orderId, SHARE));
      BigInteger units = lots.multiply(tenths).divide(BigInteger.TEN).multiply(lot);
      return units.signum() == 0 ? List.of() : List.of(units);
    }
    if (!settings.profile().equals("SPLIT") || Money.less(lots, BigInteger.TWO)) return List.of(quantity);
    int count = lots.min(BigInteger.valueOf(settings.parts())).intValue();
    BigInteger[] weights = new BigInteger[count];
    BigInteger total = Money.ZERO;
    for (int part = 0; part < count; part++) {
      weights[part] = BigInteger.valueOf(1 + Ids.draw(100, orderId, PARTS + part));
      total = total.add(weights[part]);
    }
    BigInteger spread = lots.subtract(BigInteger.valueOf(count));
    BigInteger rest = quantity;
    List<BigInteger> sizes = new ArrayList<>();
    for (int part = 1; part < count; part++) {
      BigInteger size = spread.multiply(weights[part]).divide(total).add(BigInteger.ONE).multiply(lot);
      sizes.add(size);
      rest = rest.subtract(size);
    }
    sizes.add(rest);
    return sizes;
  }

  private BigInteger price(int fill) {
    BigInteger tick = Event.decimal(trade, "tickSize");
    BigInteger bound = Event.decimal(trade, "boundPrice");
    BigInteger limit = Event.decimal(trade, "limitPrice");
    BigInteger reference = Event.decimal(trade, "referencePrice");
    BigInteger worse = tick.multiply(BigInteger.valueOf(Ids.draw(settings.slippageTicks() + 1, orderId, SLIPPAGE + fill)));
    BigInteger from = reference != null && reference.signum() > 0 ? reference : limit != null ? limit : bound;
    BigInteger base = from.divide(tick).multiply(tick);
    if (Event.isBuy(trade)) return bound.min(base.max(tick).add(worse));
    return bound.min(base.subtract(worse).max(limit == null ? tick : limit));
  }

  private long delay(int k) {
    return settings.minDelayMs() + Ids.draw(settings.maxDelayMs() - settings.minDelayMs() + 1, orderId, k);
  }
}
