import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What a portfolio holds of an instrument and has asked for: the exposure ledger. */
final class Ledger {
  /** An approved trade that has not ended. */
  static final class Pending {
    String tradeId;
    boolean buys;
    BigInteger leaves;
    BigInteger bound;
  }

  Books books = new Books();
  List<Pending> pendings = new ArrayList<>();

  /** The most that the position may become worth, long or short. */
  BigInteger exposure() {
    return exposure(null);
  }

  /** The same with one more pending trade. */
  BigInteger exposure(Pending more) {
    boolean isLong = books.quantity.signum() >= 0;
    BigInteger side = books.cost.add(total(isLong, more));
    BigInteger other = beyond(!isLong, books.quantity.abs(), more);
    return side.max(other);
  }

  /** Units that wait to be bought, or sold. */
  BigInteger units(boolean buys) {
    return pendings.stream().filter(each -> each.buys == buys).map(each -> each.leaves).reduce(Money.ZERO, BigInteger::add);
  }

  private BigInteger total(boolean buys, Pending more) {
    return side(buys, more).stream().map(each -> Money.times(each.leaves, each.bound)).reduce(Money.ZERO, BigInteger::add);
  }

  /** The value of the most expensive pending units that exceed a position. */
  private BigInteger beyond(boolean buys, BigInteger position, Pending more) {
    List<Pending> all = side(buys, more);
    all.sort(Comparator.comparing((Pending each) -> each.bound).reversed());
    BigInteger rest = all.stream().map(each -> each.leaves).reduce(Money.ZERO, BigInteger::add).subtract(position);
    BigInteger value = Money.ZERO;
    for (Pending each : all) {
      if (rest.signum() <= 0) break;
      BigInteger taken = each.leaves.min(rest);
      value = value.add(Money.times(taken, each.bound));
      rest = rest.subtract(taken);
    }
    return value;
  }

  private List<Pending> side(boolean buys, Pending more) {
    List<Pending> all = new ArrayList<>();
    for (Pending each : pendings) if (each.buys == buys) all.add(each);
    if (more != null && more.buys == buys) all.add(more);
    return all;
  }
}
