import java.math.BigInteger;

/** A position in the books, and the price that it is valued at. */
final class BookPosition {
  String exchange;
  String instrumentId;
  Books books = new Books();
  int fills;
  BigInteger mark;
  Long markedAt;

  /** Its part of the state hash; zero before its first fill. */
  BigInteger part(String instrument) {
    if (fills == 0) return Money.ZERO;
    return BookOrder.hash("position", instrument, books.quantity.toString(), books.cost.toString(), books.realised.toString(), books.fees.toString(), books.cash.toString());
  }
}
