import java.math.BigInteger;

/** A check that failed: its code, the limit that was broken and the observed value. Decimals are texts without zeros at the end. */
record Refusal(String code, String limit, String observed) {
  static Refusal of(String code) {
    return new Refusal(code, null, null);
  }

  static Refusal of(String code, BigInteger limit, BigInteger observed) {
    return new Refusal(code, Money.format(limit), Money.format(observed));
  }
}
