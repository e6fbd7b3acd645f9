import java.math.BigInteger;

/** A position: signed quantity, cost of the open quantity, realised profit and loss, fees and cash. */
final class Books {
  BigInteger quantity = Money.ZERO;
  BigInteger cost = Money.ZERO;
  BigInteger realised = Money.ZERO;
  BigInteger fees = Money.ZERO;
  BigInteger cash = Money.ZERO;

  void apply(boolean buys, BigInteger units, BigInteger price, BigInteger fee) {
    int direction = buys ? 1 : -1;
    BigInteger notional = Money.times(units, price);
    realised = realised.subtract(fee);
    fees = fees.add(fee);
    cash = cash.subtract(signed(direction, notional)).subtract(fee);
    int held = quantity.signum();
    if (held == 0 || held == direction) {
      cost = cost.add(notional);
      quantity = quantity.add(signed(direction, units));
      return;
    }
    BigInteger size = quantity.abs();
    BigInteger closed = units.min(size);
    BigInteger released = closed.equals(size) ? cost : Money.halfEven(cost.multiply(closed), size);
    realised = realised.add(signed(held, Money.times(closed, price).subtract(released)));
    cost = cost.subtract(released);
    quantity = quantity.add(signed(direction, closed));
    BigInteger rest = units.subtract(closed);
    if (rest.signum() == 0) return;
    quantity = signed(direction, rest);
    cost = Money.times(rest, price);
  }

  private static BigInteger signed(int sign, BigInteger value) {
    return sign < 0 ? value.negate() : value;
  }
}
