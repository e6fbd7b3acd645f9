import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;

/** The queries of Nexmark in Kafka Streams' DSL, as `query.ts` has them in millrace's. */
final class NexmarkQueries {
  static final Serde<String> TEXT = Serdes.String();
  static final Serde<JsonNode> VALUE = json();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
  private static final Map<String, String> CHANNELS = Map.of("apple", "0", "google", "1", "facebook", "2", "baidu", "3");
  private static final Pattern CHANNEL = Pattern.compile("[&?]channel_id=([^&]*)");
  private static final Set<String> NEAR = Set.of("OR", "ID", "CA");

  private final StreamsBuilder builder = new StreamsBuilder();
  private final String prefix;

  private NexmarkQueries(String prefix) {
    this.prefix = prefix;
  }

  static StreamsBuilder of(String query, String prefix, String output) {
    NexmarkQueries queries = new NexmarkQueries(prefix);
    queries.query(query).to(output, Produced.with(TEXT, VALUE));
    return queries.builder;
  }

  private KStream<String, JsonNode> query(String name) {
    return switch (name) {
      case "q0" -> bids();
      case "q1" -> bids().mapValues(bid -> pick(bid, "auction", "bidder", "dateTime", "extra").put("price", euros(bid)));
      case "q2" -> bids().filter((key, bid) -> number(bid, "auction") % 123 == 0).mapValues(bid -> pick(bid, "auction", "price"));
      case "q3" -> q3();
      case "q4" -> q4();
      case "q5" -> q5();
      case "q7" -> q7();
      case "q8" -> q8();
      case "q9" -> winningBids().toStream();
      case "q11" -> bids()
          .groupBy((key, bid) -> bid.get("bidder").asText(), Grouped.with("by-bidder", TEXT, VALUE))
          .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(TEN_SECONDS))
          .count(stored("bidder-sessions", Serdes.Long()))
          .toStream()
          .filter((key, count) -> count != null)
          .map((key, count) -> KeyValue.pair(key.key(),
              object().put("start", key.window().start()).put("end", key.window().end()).put("count", count)));
      case "q12" -> bids()
          .groupBy((key, bid) -> bid.get("bidder").asText(), Grouped.with("by-bidder", TEXT, VALUE))
          .windowedBy(TimeWindows.ofSizeWithNoGrace(TEN_SECONDS))
          .count(stored("bidder-counts", Serdes.Long()))
          .toStream()
          .map((key, count) -> KeyValue.pair(key.key(), object().put("start", key.window().start()).put("count", count)));
      case "q13" -> bids().join(
          builder.globalTable(prefix + "-side", Consumed.with(TEXT, VALUE), stored("side-input", VALUE)),
          (key, bid) -> Long.toString(number(bid, "auction") % 100),
          (bid, side) -> pick(bid, "auction", "bidder", "price", "dateTime").set("value", side.get("name")));
      case "q14" -> bids()
          .filter((key, bid) -> euros(bid) > 1_000_000 && euros(bid) < 50_000_000)
          .mapValues(bid -> pick(bid, "auction", "bidder", "dateTime", "extra")
              .put("price", euros(bid))
              .put("bidTimeType", timeType(number(bid, "dateTime")))
              .put("cCounts", bid.get("extra").asText().chars().filter(letter -> letter == 'c').count()));
      case "q17" -> q17();
      case "q18" -> bids()
          .groupBy((key, bid) -> bid.get("bidder").asText() + "/" + bid.get("auction").asText(),
              Grouped.with("by-bidder-and-auction", TEXT, VALUE))
          .reduce((last, bid) -> number(bid, "dateTime") >= number(last, "dateTime") ? bid : last, stored("last-bids", VALUE))
          .toStream();
      case "q19" -> q19();
      case "q20" -> bids().join(
          auctions().filter((key, auction) -> number(auction, "category") == 10),
          (bid, auction) -> pick(bid, "auction", "bidder", "price")
              .setAll(pick(auction, "itemName", "initialBid", "reserve", "seller", "category")),
          Joined.with(TEXT, VALUE, VALUE)).mapValues(found -> (JsonNode) found);
      case "q21" -> bids()
          .<JsonNode>mapValues(bid -> pick(bid, "auction", "bidder", "price", "channel").put("channelId", channelId(bid)))
          .filter((key, bid) -> !bid.get("channelId").isNull());
      case "q22" -> bids().mapValues(bid -> {
        String[] parts = bid.get("url").asText().split("/", -1);
        return pick(bid, "auction", "bidder", "price", "channel")
            .put("dir1", part(parts, 3)).put("dir2", part(parts, 4)).put("dir3", part(parts, 5));
      });
      default -> throw new IllegalArgumentException("no query " + name);
    };
  }

  private KStream<String, JsonNode> q3() {
    KTable<String, JsonNode> persons = builder.table(prefix + "-persons", Consumed.with(TEXT, VALUE), stored("persons", VALUE));
    KTable<String, JsonNode> found = auctions()
        .filter((key, auction) -> number(auction, "category") == 10)
        .join(persons.filter((key, person) -> NEAR.contains(person.get("state").asText())),
            auction -> auction == null ? null : auction.get("seller").asText(),
            (auction, person) -> pick(person, "name", "city", "state").set("id", auction.get("id")));
    return found.toStream().filter((key, value) -> value != null);
  }

  private KStream<String, JsonNode> q4() {
    KTable<String, JsonNode> averages = winningBids()
        .groupBy((key, bid) -> KeyValue.pair(bid.get("category").asText(), bid), Grouped.with("by-category", TEXT, VALUE))
        .aggregate(
            () -> object().put("sum", 0L).put("count", 0L),
            (key, bid, all) -> object().put("sum", number(all, "sum") + number(bid, "price")).put("count", number(all, "count") + 1),
            (key, bid, all) -> object().put("sum", number(all, "sum") - number(bid, "price")).put("count", number(all, "count") - 1),
            stored("category-averages", VALUE));
    return averages.toStream().mapValues(all -> object().put("average", number(all, "sum") / number(all, "count")));
  }

  private KStream<String, JsonNode> q5() {
    KTable<String, JsonNode> hot = bids()
        .groupByKey(Grouped.with(TEXT, VALUE))
        .windowedBy(TimeWindows.ofSizeWithNoGrace(TEN_SECONDS).advanceBy(Duration.ofSeconds(2)))
        .count(stored("bids-by-auction", Serdes.Long()))
        .toStream()
        .<String, JsonNode>map((key, count) -> KeyValue.pair(Long.toString(key.window().start()),
            object().put("auction", key.key()).put("count", count)))
        .groupByKey(Grouped.with("by-window", TEXT, VALUE))
        .aggregate(
            () -> {
              ObjectNode none = object().put("count", 0L);
              none.putArray("auctions");
              return none;
            },
            (key, item, best) -> {
              long count = number(item, "count");
              if (count < number(best, "count")) return best;
              ObjectNode next = object().put("count", count);
              ArrayNode auctions = next.putArray("auctions");
              if (count == number(best, "count")) auctions.addAll((ArrayNode) best.get("auctions"));
              auctions.add(item.get("auction"));
              return next;
            },
            stored("hot-items", VALUE));
    return hot.toStream();
  }

  private KStream<String, JsonNode> q7() {
    return bids()
        .groupBy((key, bid) -> "all", Grouped.with("all-bids", TEXT, VALUE))
        .windowedBy(TimeWindows.ofSizeWithNoGrace(TEN_SECONDS))
        .reduce((best, bid) -> number(bid, "price") > number(best, "price") ? bid : best, stored("highest-bids", VALUE))
        .toStream()
        .map((key, bid) -> KeyValue.pair(Long.toString(key.window().start()), pick(bid, "auction", "bidder", "price", "dateTime")));
  }

  private KStream<String, JsonNode> q8() {
    return stream("persons")
        .<JsonNode, ObjectNode>join(
            stream("auctions").selectKey((key, auction) -> auction.get("seller").asText()),
            (person, auction) -> pick(person, "id", "name")
                .put("window", windowOf(number(person, "dateTime"))).put("other", windowOf(number(auction, "dateTime"))),
            JoinWindows.ofTimeDifferenceWithNoGrace(TEN_SECONDS),
            StreamJoined.with(TEXT, VALUE, VALUE).withName("new-sellers").withStoreName("new-sellers"))
        .filter((key, found) -> number(found, "window") == number(found, "other"))
        .mapValues(found -> pick(found, "id", "name", "window"));
  }

  private KStream<String, JsonNode> q17() {
    KTable<String, JsonNode> days = bids()
        .groupBy((key, bid) -> bid.get("auction").asText() + "/" + number(bid, "dateTime") / 86_400_000,
            Grouped.with("by-auction-and-day", TEXT, VALUE))
        .aggregate(
            () -> object().put("bids", 0L).put("rank1", 0L).put("rank2", 0L).put("rank3", 0L).put("min", 0L).put("max", 0L).put("sum", 0L),
            (key, bid, day) -> {
              long price = number(bid, "price");
              return object()
                  .put("bids", number(day, "bids") + 1)
                  .put("rank1", number(day, "rank1") + (price < 10_000 ? 1 : 0))
                  .put("rank2", number(day, "rank2") + (price >= 10_000 && price < 1_000_000 ? 1 : 0))
                  .put("rank3", number(day, "rank3") + (price >= 1_000_000 ? 1 : 0))
                  .put("min", number(day, "bids") == 0 ? price : Math.min(number(day, "min"), price))
                  .put("max", Math.max(number(day, "max"), price))
                  .put("sum", number(day, "sum") + price);
            },
            stored("day-statistics", VALUE));
    return days.toStream().mapValues(day -> ((ObjectNode) day.deepCopy()).put("average", number(day, "sum") / number(day, "bids")));
  }

  private KStream<String, JsonNode> q19() {
    KTable<String, JsonNode> top = bids()
        .groupByKey(Grouped.with(TEXT, VALUE))
        .aggregate(
            () -> JsonNodeFactory.instance.arrayNode(),
            (key, bid, best) -> {
              ArrayNode next = (ArrayNode) best.deepCopy();
              int place = 0;
              while (place < next.size() && number(next.get(place), "price") >= number(bid, "price")) place++;
              next.insert(place, pick(bid, "bidder", "price", "dateTime"));
              while (next.size() > 10) next.remove(10);
              return next;
            },
            stored("top-bids", VALUE));
    return top.toStream().mapValues(bids -> object().set("top", bids));
  }

  private KTable<String, JsonNode> winningBids() {
    return bids()
        .<JsonNode, JsonNode>join(auctions(), (bid, auction) -> {
          long at = number(bid, "dateTime");
          boolean valid = at >= number(auction, "dateTime") && at <= number(auction, "expires");
          ObjectNode found = pick(bid, "auction", "bidder", "price", "dateTime");
          found.setAll(pick(auction, "seller", "category"));
          return valid ? found : null;
        }, Joined.with(TEXT, VALUE, VALUE))
        .filter((key, bid) -> bid != null)
        .groupByKey(Grouped.with(TEXT, VALUE))
        .reduce((best, bid) -> number(bid, "price") > number(best, "price") ? bid : best, stored("winning-bids", VALUE));
  }

  private KStream<String, JsonNode> bids() {
    return stream("bids");
  }

  private KStream<String, JsonNode> stream(String name) {
    return builder.stream(prefix + "-" + name, Consumed.with(TEXT, VALUE));
  }

  private KTable<String, JsonNode> auctions() {
    return builder.table(prefix + "-auctions", Consumed.with(TEXT, VALUE), stored("auctions", VALUE));
  }

  private static <T, S extends org.apache.kafka.streams.processor.StateStore> Materialized<String, T, S> stored(String name, Serde<T> value) {
    return Materialized.<String, T, S>as(name).withKeySerde(TEXT).withValueSerde(value);
  }

  private static String channelId(JsonNode bid) {
    String known = CHANNELS.get(bid.get("channel").asText().toLowerCase());
    if (known != null) return known;
    Matcher found = CHANNEL.matcher(bid.get("url").asText());
    return found.find() ? found.group(1) : null;
  }

  private static String part(String[] parts, int index) {
    return index < parts.length ? parts[index] : null;
  }

  private static long euros(JsonNode bid) {
    return number(bid, "price") * 908 / 1000;
  }

  private static String timeType(long dateTime) {
    long hour = dateTime / 3_600_000 % 24;
    if (hour >= 8 && hour <= 18) return "dayTime";
    return hour <= 6 || hour >= 20 ? "nightTime" : "otherTime";
  }

  private static long windowOf(long time) {
    return time - time % 10_000;
  }

  private static long number(JsonNode node, String field) {
    return node.get(field).asLong();
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ObjectNode pick(JsonNode from, String... fields) {
    ObjectNode picked = object();
    for (String field : fields) picked.set(field, from.get(field));
    return picked;
  }

  private static Serde<JsonNode> json() {
    Deserializer<JsonNode> read = (topic, bytes) -> {
      try {
        return bytes == null ? null : JSON.readTree(bytes);
      } catch (java.io.IOException error) {
        throw new java.io.UncheckedIOException(error);
      }
    };
    return Serdes.serdeFrom((topic, node) -> {
      try {
        return node == null ? null : JSON.writeValueAsBytes(node);
      } catch (com.fasterxml.jackson.core.JsonProcessingException error) {
        throw new IllegalStateException(error);
      }
    }, read);
  }
}
