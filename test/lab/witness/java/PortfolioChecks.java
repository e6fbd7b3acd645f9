import java.math.BigInteger;
import org.apache.avro.generic.GenericRecord;

/** The checks of stage PORTFOLIO, in their order; before them, the verdict of stage INSTRUMENT. */
final class PortfolioChecks {
  /** The trade as it would wait in the ledger. */
  final Ledger.Pending asked = new Ledger.Pending();
  final BigInteger notional;
  String stage = "PORTFOLIO";
  private final GenericRecord signal;
  private final Settings.Rules rules;
  private final Ledger ledger;
  private final boolean buys;
  private final BigInteger quantity;
  /** The position if this trade and all others of its side fill. */
  private final BigInteger worst;

  PortfolioChecks(GenericRecord signal, Settings.Rules rules, Ledger ledger) {
    this.signal = signal;
    this.rules = rules;
    this.ledger = ledger;
    buys = Event.isBuy(signal);
    quantity = Event.decimal(signal, "quantity");
    asked.buys = buys;
    asked.leaves = quantity;
    asked.bound = Event.decimal(signal, "boundPrice");
    notional = Event.decimal(signal, "worstNotional");
    BigInteger all = ledger.units(buys).add(quantity);
    worst = buys ? ledger.books.quantity.add(all) : ledger.books.quantity.subtract(all);
  }

  Refusal beforeExposure() {
    String verdict = Event.text(signal, "verdict");
    if (!verdict.equals("PASS")) return instrumentStage(verdict);
    String unlessClosing = Event.text(signal, "unlessClosing");
    if (unlessClosing != null && !closes()) return instrumentStage(unlessClosing);
    if (rules == null) return Refusal.of("PORTFOLIO_NOT_FOUND");
    if (rules.tradingState().equals("HALTED")) return Refusal.of("TRADING_HALTED");
    String quoted = Event.text(signal, "quoteCurrency");
    if (!quoted.equals(rules.currency())) return new Refusal("CURRENCY_MISMATCH", rules.currency(), quoted);
    if (Event.flag(signal, "reduceOnly") && !reduces()) return Refusal.of("REDUCE_ONLY_WOULD_INCREASE_POSITION", Money.ZERO, worst);
    if (rules.tradingState().equals("REDUCING") && !reduces()) return Refusal.of("TRADING_STATE_REDUCING", Money.ZERO, worst);
    if (!buys && !Event.flag(signal, "shortable") && worst.signum() < 0) return Refusal.of("SHORT_NOT_ALLOWED", Money.ZERO, worst);
    BigInteger most = least(Event.decimal(signal, "maxPositionQty"), rules.maxPositionQty());
    BigInteger reach = buys ? worst : worst.negate();
    if (most != null && Money.less(most, reach)) return Refusal.of("POSITION_LIMIT_EXCEEDED", most, reach);
    return null;
  }

  Refusal exposure(BigInteger before, BigInteger after) {
    BigInteger cap = rules.exposureCap();
    return cap == null || !Money.less(cap, after) || !Money.less(before, after) ? null : Refusal.of("EXPOSURE_CAP_EXCEEDED", cap, after);
  }

  Refusal rate(long approvals) {
    return rules.rateMaximum() == null || approvals < rules.rateMaximum()
        ? null : new Refusal("RATE_LIMIT_EXCEEDED", String.valueOf(rules.rateMaximum()), String.valueOf(approvals + 1));
  }

  private Refusal instrumentStage(String code) {
    stage = "INSTRUMENT";
    GenericRecord details = (GenericRecord) signal.get("details");
    return new Refusal(code, Event.text(details, "limit"), Event.text(details, "observed"));
  }

  /** Whether the position comes no further than to zero, whatever fills. */
  private boolean reduces() {
    return buys ? ledger.books.quantity.signum() < 0 && worst.signum() <= 0 : ledger.books.quantity.signum() > 0 && worst.signum() >= 0;
  }

  private boolean closes() {
    return reduces() && worst.signum() == 0 && quantity.equals(ledger.books.quantity.abs());
  }

  private static BigInteger least(BigInteger left, BigInteger right) {
    return left == null ? right : right == null ? left : left.min(right);
  }
}
