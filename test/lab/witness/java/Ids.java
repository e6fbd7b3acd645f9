import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** Keys, ids and chance, as processors/rules.md has them. */
final class Ids {
  private static final UUID NAMESPACE = UUID.fromString("f1a7a8b2-6c39-5d0e-9b64-3f0f3f6f2a11");

  private Ids() {}

  static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8)
        .replace("+", "%20").replace("%21", "!").replace("%27", "'").replace("%28", "(").replace("%29", ")").replace("%7E", "~");
  }

  static String instrumentKey(String exchange, String instrumentId) {
    return encoded(exchange) + ":" + encoded(instrumentId);
  }

  /** A list of texts as one. */
  static String identity(String... parts) {
    StringBuilder all = new StringBuilder();
    for (String part : parts) all.append(all.length() == 0 ? "" : "|").append(encoded(part));
    return all.toString();
  }

  /** A uuid v5 of the identity. */
  static String id(String... parts) {
    byte[] name = identity(parts).getBytes(StandardCharsets.UTF_8);
    ByteBuffer text = ByteBuffer.allocate(16 + name.length);
    text.putLong(NAMESPACE.getMostSignificantBits()).putLong(NAMESPACE.getLeastSignificantBits()).put(name);
    ByteBuffer hash = ByteBuffer.wrap(digest("SHA-1", text.array()));
    long high = (hash.getLong() & ~0xf000L) | 0x5000L;
    long low = (hash.getLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  /** The k-th draw for an id: a whole number from 0 to below - 1. */
  static int draw(int below, String id, int k) {
    byte[] hash = digest("SHA-256", (id + "|" + k).getBytes(StandardCharsets.UTF_8));
    return (int) ((ByteBuffer.wrap(hash).getLong() >>> 16) % below);
  }

  static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }
}
