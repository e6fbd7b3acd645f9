/** The request that an idempotency key was decided for. */
final class Memo {
  String request;
}
