import java.io.IOException;
import java.io.Reader;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/** The settings that the pipeline starts with: limits.yaml and execution.yaml. */
final class Settings {
  /** The rules of a portfolio. Decimals count 1e-18; null: no such limit. */
  record Rules(String currency, BigInteger exposureCap, String tradingState, Integer rateMaximum, Long rateWindowMs, BigInteger maxPositionQty, BigInteger lossLimit, BigInteger maxDrawdown) {}

  /** The way in which orders of an instrument fill. */
  record Execution(String profile, int parts, int slippageTicks, int minDelayMs, int maxDelayMs) {}

  final int version;
  final int slippageTicks;
  final BigInteger maxNotionalPerOrder;
  final BigInteger priceBand;
  final Map<String, Rules> portfolios = new HashMap<>();
  private final Map<String, Object> executionDefaults;
  private final Map<String, Map<String, Object>> executionOf;

  Settings(Path limits, Path execution) throws IOException {
    Map<String, Object> file = load(limits);
    version = (Integer) file.get("version");
    slippageTicks = (Integer) file.getOrDefault("slippageTicks", 0);
    maxNotionalPerOrder = Money.parse(file.get("maxNotionalPerOrder"));
    priceBand = Money.parse(file.get("priceBand"));
    Map<String, Object> defaults = map(file.get("defaults"));
    map(file.get("portfolios")).forEach((id, own) -> {
      Map<String, Object> all = new HashMap<>(defaults);
      all.putAll(map(own));
      portfolios.put(id, rules(all));
    });
    Map<String, Object> executions = load(execution);
    executionDefaults = map(executions.get("defaults"));
    executionOf = new HashMap<>();
    map(executions.get("instruments")).forEach((key, own) -> executionOf.put(key, map(own)));
  }

  Execution execution(String instrumentKey) {
    Map<String, Object> all = new HashMap<>(executionDefaults);
    all.putAll(executionOf.getOrDefault(instrumentKey, Map.of()));
    String profile = (String) all.getOrDefault("profile", "FULL");
    int open = profile.indexOf('(');
    int parts = open < 0 ? 1 : Integer.parseInt(profile.substring(open + 1, profile.length() - 1));
    return new Execution(open < 0 ? profile : profile.substring(0, open), parts, number(all, "slippageTicks"), number(all, "minDelayMs"), number(all, "maxDelayMs"));
  }

  private static Rules rules(Map<String, Object> all) {
    String rate = (String) all.get("maxOrderRate");
    String[] parts = rate == null ? null : rate.split("/");
    return new Rules((String) all.get("currency"), Money.parse(all.get("exposureCap")), (String) all.getOrDefault("tradingState", "ACTIVE"),
        parts == null ? null : Integer.valueOf(parts[0]), parts == null ? null : (Long) duration(parts[1]), Money.parse(all.get("maxPositionQty")),
        Money.parse(all.get("lossLimit")), Money.parse(all.get("maxDrawdown")));
  }

  /** Shape: 20s, 1h. Units: ms. */
  private static long duration(String text) {
    String unit = text.replaceAll("[0-9]", "");
    long count = Long.parseLong(text.substring(0, text.length() - unit.length()));
    return count * switch (unit) {
      case "ms" -> 1;
      case "s" -> 1_000;
      case "m" -> 60_000;
      case "h" -> 3_600_000;
      case "d" -> 86_400_000;
      default -> throw new IllegalArgumentException(text);
    };
  }

  private static int number(Map<String, Object> from, String name) {
    return (Integer) from.getOrDefault(name, 0);
  }

  private static Map<String, Object> load(Path file) throws IOException {
    try (Reader reader = Files.newBufferedReader(file)) {
      return new Yaml().load(reader);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return value == null ? Map.of() : (Map<String, Object>) value;
  }
}
