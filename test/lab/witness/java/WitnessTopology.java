import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;

/** The pipeline: instrument-risk, repartition, portfolio-risk, execution-sim, reconciler, with the topics between them. */
final class WitnessTopology {
  private final Map<String, Schema> schemas;
  private final Map<String, Serde<GenericRecord>> serdes = new HashMap<>();
  private final Settings settings;
  private final String prefix;
  private final Function<String, KeyValueBytesStoreSupplier> suppliers;
  private final Set<String> sources = new HashSet<>();
  private final Topology topology = new Topology();

  /** Schemas and their ids are by topic, without the prefix of those that are written. Stores come from their suppliers, by name. */
  WitnessTopology(Settings settings, Map<String, Schema> schemas, Map<String, Integer> ids, String prefix, Function<String, KeyValueBytesStoreSupplier> suppliers) {
    this.suppliers = suppliers;
    this.settings = settings;
    this.schemas = schemas;
    this.prefix = prefix;
    schemas.forEach((topic, schema) -> serdes.put(topic, Codec.event(schema, ids.get(topic))));
  }

  Topology build() {
    add(InstrumentRisk.NAME, () -> new InstrumentRisk(settings, schemas), Topics.REGISTERED, Topics.SIGNALS);
    store(InstrumentRisk.NAME, InstrumentRisk.INSTRUMENTS, payloadSerde(Topics.REGISTERED));
    sink(InstrumentRisk.NAME, Topics.CHECKED);
    add("repartition", Repartition::new, Topics.CHECKED);
    sink("repartition", Topics.PORTFOLIO_SIGNALS);
    add(PortfolioRisk.NAME, () -> new PortfolioRisk(settings, schemas), Topics.PORTFOLIO_SIGNALS, Topics.FILLS);
    store(PortfolioRisk.NAME, PortfolioRisk.PORTFOLIOS, Codec.row(RiskPortfolio.class));
    store(PortfolioRisk.NAME, PortfolioRisk.LEDGERS, Codec.row(Ledger.class));
    store(PortfolioRisk.NAME, PortfolioRisk.DECISIONS, Codec.row(Memo.class));
    store(PortfolioRisk.NAME, PortfolioRisk.RATES, Codec.row(Approvals.class));
    store(PortfolioRisk.NAME, PortfolioRisk.EARLY, payloadSerde(Topics.FILLS));
    sink(PortfolioRisk.NAME, Topics.APPROVED);
    sink(PortfolioRisk.NAME, Topics.REJECTED);
    add(ExecutionSim.NAME, () -> new ExecutionSim(settings, schemas), Topics.APPROVED);
    store(ExecutionSim.NAME, ExecutionSim.BOOKS, Codec.row(OrderBook.class));
    store(ExecutionSim.NAME, ExecutionSim.EXECUTED, Codec.row(Memo.class));
    sink(ExecutionSim.NAME, Topics.PLACED);
    sink(ExecutionSim.NAME, Topics.FILLS);
    add(Reconciler.NAME, () -> new Reconciler(schemas), Topics.PLACED, Topics.FILLS);
    store(Reconciler.NAME, Reconciler.PORTFOLIOS, Codec.row(BookPortfolio.class));
    store(Reconciler.NAME, Reconciler.POSITIONS, Codec.row(BookPosition.class));
    store(Reconciler.NAME, Reconciler.ORDERS, Codec.row(BookOrder.class));
    store(Reconciler.NAME, Reconciler.EXECUTIONS, payloadSerde(Topics.FILLS));
    store(Reconciler.NAME, Reconciler.PLACEMENTS, payloadSerde(Topics.PLACED));
    sink(Reconciler.NAME, Topics.UPDATED);
    for (String processor : new String[] {InstrumentRisk.NAME, PortfolioRisk.NAME})
      topology.addSink(DeadLetter.sinkOf(processor), prefix + Topics.DEAD_LETTERS, new StringSerializer(), new StringSerializer(), processor);
    return topology;
  }

  /** The name of a topic as it is here. */
  String named(String topic) {
    return Topics.READ.contains(topic) ? topic : prefix + topic;
  }

  private void add(String name, ProcessorSupplier<String, GenericRecord, String, Object> supplier, String... topics) {
    topology.addProcessor(name, supplier, Arrays.stream(topics).map(this::source).toArray(String[]::new));
  }

  /** A topic has one source, whoever reads it: so the processors that share one are tasks together. */
  private String source(String topic) {
    String name = "from " + topic;
    if (sources.add(topic)) {
      Deserializer<GenericRecord> values = serdes.get(topic).deserializer();
      topology.addSource(name, Serdes.String().deserializer(), values, named(topic));
    }
    return name;
  }

  private <T> void store(String processor, String name, Serde<T> values) {
    topology.addStateStore(Stores.keyValueStoreBuilder(suppliers.apply(name), Serdes.String(), values).withCachingEnabled(), processor);
  }

  /** A child whose name is the topic's: processors forward to it by that name. */
  private void sink(String processor, String topic) {
    Serializer<GenericRecord> values = serdes.get(topic).serializer();
    topology.addSink(topic, named(topic), Serdes.String().serializer(), values, processor);
  }

  private Serde<GenericRecord> payloadSerde(String topic) {
    return Codec.event(schemas.get(topic).getField("payload").schema(), 0);
  }

  /** The second hop: signals go on by their portfolio. */
  private static final class Repartition implements Processor<String, GenericRecord, String, Object> {
    private ProcessorContext<String, Object> context;

    @Override
    public void init(ProcessorContext<String, Object> context) {
      this.context = context;
    }

    @Override
    public void process(Record<String, GenericRecord> record) {
      String key = Ids.encoded(Event.text(Event.payload(record.value()), "portfolioId"));
      GenericRecord event = record.value();
      event.put("key", key);
      context.forward(new Record<>(key, event, record.timestamp()));
    }
  }
}
