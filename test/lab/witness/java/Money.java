import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/** Decimals as whole numbers of 1e-18: decimal(38,18) of Avro. */
final class Money {
  static final BigInteger ZERO = BigInteger.ZERO;
  static final BigInteger ONE = BigInteger.TEN.pow(18);
  /** The largest that decimal(38,18) holds. */
  static final BigInteger LARGEST = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);

  private Money() {}

  static BigInteger parse(Object text) {
    return text == null ? null : new BigDecimal(String.valueOf(text)).movePointRight(18).toBigIntegerExact();
  }

  /** Without zeros at the end. */
  static String format(BigInteger value) {
    if (value.signum() == 0) return "0";
    return new BigDecimal(value, 18).stripTrailingZeros().toPlainString();
  }

  static BigInteger read(Object bytes) {
    if (bytes == null) return null;
    ByteBuffer buffer = ((ByteBuffer) bytes).duplicate();
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return new BigInteger(copy);
  }

  static ByteBuffer write(BigInteger value) {
    return value == null ? null : ByteBuffer.wrap(value.toByteArray());
  }

  /** The product of two decimals, to the nearest 1e-18; a tie goes to the even neighbour. It is exact where their digits allow. */
  static BigInteger times(BigInteger left, BigInteger right) {
    return halfEven(left.multiply(right), ONE);
  }

  static BigInteger halfEven(BigInteger dividend, BigInteger divisor) {
    BigInteger[] parts = dividend.divideAndRemainder(divisor);
    int against = parts[1].abs().shiftLeft(1).compareTo(divisor.abs());
    if (against > 0 || (against == 0 && parts[0].testBit(0)))
      return parts[0].add(BigInteger.valueOf((long) dividend.signum() * divisor.signum()));
    return parts[0];
  }

  /** 10^-digits. */
  static BigInteger unit(int digits) {
    return BigInteger.TEN.pow(18 - digits);
  }

  static boolean isMultiple(BigInteger value, BigInteger step) {
    return value.mod(step).signum() == 0;
  }

  static boolean less(BigInteger left, BigInteger right) {
    return left.compareTo(right) < 0;
  }
}
