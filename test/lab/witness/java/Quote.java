import java.math.BigInteger;

/** The newest prices of an instrument. Null: none. */
final class Quote {
  BigInteger bid;
  BigInteger ask;
  BigInteger last;
  BigInteger bidSize;
  BigInteger askSize;
  long at;
}
