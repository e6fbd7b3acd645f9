import java.math.BigInteger;
import java.util.List;
import org.apache.avro.generic.GenericRecord;

/** The checks of stage INSTRUMENT on a signal, in their order. The first that fails wins. */
final class InstrumentChecks {
  private static final List<String> TIMES_IN_FORCE = List.of("DAY", "GTC", "IOC", "FOK");

  final BigInteger quantity;
  final BigInteger limitPrice;
  final BigInteger referencePrice;
  BigInteger boundPrice;
  BigInteger worstNotional;
  /** The check by which a reduce-only signal is refused unless it closes the whole position. */
  Refusal unlessClosing;
  private final GenericRecord signal;
  private final GenericRecord instrument;
  private final Quote quote;
  private final long occurredAt;
  private final Settings settings;
  private final boolean reduceOnly;

  InstrumentChecks(GenericRecord signal, long occurredAt, GenericRecord instrument, Quote quote, Settings settings) {
    this.signal = signal;
    this.occurredAt = occurredAt;
    this.instrument = instrument;
    this.quote = quote;
    this.settings = settings;
    quantity = Event.decimal(signal, "quantity");
    limitPrice = Event.decimal(signal, "limitPrice");
    referencePrice = Event.decimal(signal, "referencePrice");
    reduceOnly = Event.flag(signal, "reduceOnly");
  }

  /** The check that failed; null: none did. */
  Refusal run() {
    if (instrument == null) return Refusal.of("INSTRUMENT_NOT_FOUND");
    if (!Event.flag(instrument, "enabled") && !reduceOnly) return Refusal.of("INSTRUMENT_DISABLED");
    Long validUntil = Event.number(signal, "validUntil");
    if (validUntil != null && validUntil <= occurredAt) return new Refusal("SIGNAL_EXPIRED", String.valueOf(validUntil), String.valueOf(occurredAt));
    Refusal refusal = quantities();
    if (refusal == null) refusal = kind();
    if (refusal == null) refusal = prices();
    if (refusal != null) return refusal;
    boundPrice = bound();
    worstNotional = Money.times(quantity, boundPrice);
    return notional();
  }

  private Refusal quantities() {
    if (quantity.signum() <= 0) return Refusal.of("QUANTITY_NOT_POSITIVE", Money.ZERO, quantity);
    int digits = whole("sizePrecision");
    if (!Money.isMultiple(quantity, Money.unit(digits))) return new Refusal("QUANTITY_PRECISION_EXCEEDED", String.valueOf(digits), Money.format(quantity));
    BigInteger lot = term("lotSize");
    if (!Money.isMultiple(quantity, lot)) {
      Refusal refusal = Refusal.of("QUANTITY_NOT_LOT_MULTIPLE", lot, quantity);
      if (!mayClose(refusal)) return refusal;
    }
    BigInteger least = term("minQty");
    if (least != null && Money.less(quantity, least)) {
      Refusal refusal = Refusal.of("QUANTITY_BELOW_MINIMUM", least, quantity);
      if (!mayClose(refusal)) return refusal;
    }
    BigInteger most = term("maxTradeQty");
    if (most != null && Money.less(most, quantity)) return Refusal.of("QUANTITY_EXCEEDS_MAXIMUM", most, quantity);
    return null;
  }

  private Refusal kind() {
    if (!isLimit() && limitPrice != null) return new Refusal("LIMIT_PRICE_ON_MARKET_ORDER", null, Money.format(limitPrice));
    String timeInForce = Event.text(signal, "timeInForce");
    if (timeInForce != null && !TIMES_IN_FORCE.contains(timeInForce)) return new Refusal("TIME_IN_FORCE_UNKNOWN", String.join(", ", TIMES_IN_FORCE), timeInForce);
    return null;
  }

  private Refusal prices() {
    BigInteger price = limitPrice != null ? limitPrice : referencePrice;
    if (price == null) return Refusal.of("PRICE_UNAVAILABLE");
    if (price.signum() <= 0) return Refusal.of("PRICE_NOT_POSITIVE", Money.ZERO, price);
    int digits = whole("pricePrecision");
    if (!Money.isMultiple(price, Money.unit(digits))) return new Refusal("PRICE_PRECISION_EXCEEDED", String.valueOf(digits), Money.format(price));
    BigInteger tick = term("tickSize");
    if (!Money.isMultiple(price, tick)) return Refusal.of("PRICE_NOT_TICK_MULTIPLE", tick, price);
    return null;
  }

  private Refusal notional() {
    BigInteger least = term("minNotional");
    if (least != null && Money.less(worstNotional, least)) {
      Refusal refusal = Refusal.of("NOTIONAL_BELOW_MINIMUM", least, worstNotional);
      if (!mayClose(refusal)) return refusal;
    }
    BigInteger most = term("maxNotional");
    if (most != null && Money.less(most, worstNotional)) return Refusal.of("NOTIONAL_EXCEEDS_MAXIMUM", most, worstNotional);
    BigInteger mostPerOrder = settings.maxNotionalPerOrder;
    if (mostPerOrder != null && Money.less(mostPerOrder, worstNotional)) return Refusal.of("NOTIONAL_EXCEEDS_MAX_PER_ORDER", mostPerOrder, worstNotional);
    return null;
  }

  /** The highest price the trade may fill at. */
  private BigInteger bound() {
    BigInteger limit = limitPrice;
    if (!Event.isBuy(signal)) return limit == null ? referencePrice : referencePrice == null ? limit : limit.max(referencePrice);
    BigInteger slipped = referencePrice == null ? null : referencePrice.add(term("tickSize").multiply(BigInteger.valueOf(settings.slippageTicks)));
    return limit == null ? slipped : slipped == null ? limit : limit.min(slipped);
  }

  private boolean mayClose(Refusal refusal) {
    if (reduceOnly && unlessClosing == null) unlessClosing = refusal;
    return reduceOnly;
  }

  private boolean isLimit() {
    return Event.text(signal, "orderType").equals("LIMIT");
  }

  private BigInteger term(String field) {
    return Event.decimal(instrument, field);
  }

  private int whole(String field) {
    return (Integer) instrument.get(field);
  }
}
