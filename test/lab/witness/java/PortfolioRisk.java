import java.math.BigInteger;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Decides each signal once, reserves what it approves, and releases it by execution reports. */
final class PortfolioRisk implements Processor<String, GenericRecord, String, Object> {
  static final String NAME = "portfolio-risk";
  static final String PORTFOLIOS = "risk-portfolios";
  static final String LEDGERS = "ledgers";
  static final String DECISIONS = "decisions";
  static final String RATES = "rates";
  static final String EARLY = "early-reports";

  private final Settings settings;
  private final Map<String, Schema> schemas;
  private ProcessorContext<String, Object> context;
  private KeyValueStore<String, RiskPortfolio> portfolios;
  private KeyValueStore<String, Ledger> ledgers;
  private KeyValueStore<String, Memo> decisions;
  private KeyValueStore<String, Approvals> rates;
  private KeyValueStore<String, GenericRecord> early;

  PortfolioRisk(Settings settings, Map<String, Schema> schemas) {
    this.settings = settings;
    this.schemas = schemas;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    portfolios = context.getStateStore(PORTFOLIOS);
    ledgers = context.getStateStore(LEDGERS);
    decisions = context.getStateStore(DECISIONS);
    rates = context.getStateStore(RATES);
    early = context.getStateStore(EARLY);
  }

  @Override
  public void process(Record<String, GenericRecord> record) {
    GenericRecord payload = Event.payload(record.value());
    String key = record.key();
    RiskPortfolio known = portfolios.get(key);
    RiskPortfolio portfolio = known == null ? new RiskPortfolio() : known;
    switch (payload.getSchema().getName()) {
      case "PortfolioSignal" -> signal(record, payload, portfolio);
      case "ExecutionReport" -> report(key, payload, portfolio);
      default -> throw new IllegalStateException(payload.getSchema().getName());
    }
  }

  private void signal(Record<String, GenericRecord> record, GenericRecord signal, RiskPortfolio portfolio) {
    String key = record.key();
    String memoKey = Ids.identity(key, Event.text(signal, "idempotencyKey"));
    String request = request(signal);
    Memo memo = decisions.get(memoKey);
    if (memo != null) {
      if (!memo.request.equals(request)) DeadLetter.send(context, NAME, record, "IDEMPOTENCY_CONFLICT");
      return;
    }
    memo = new Memo();
    memo.request = request;
    decisions.put(memoKey, memo);
    decide(record, signal, portfolio);
    if (portfolio.riskSeq > 0) portfolios.put(key, portfolio);
  }

  private void decide(Record<String, GenericRecord> record, GenericRecord signal, RiskPortfolio portfolio) {
    String key = record.key();
    long at = Event.number(record.value(), "occurredAt");
    String instrument = Ids.instrumentKey(Event.text(signal, "exchange"), Event.text(signal, "instrumentId"));
    Settings.Rules rules = settings.portfolios.get(Event.text(signal, "portfolioId"));
    Ledger found = ledgers.get(Ids.identity(key, instrument));
    Ledger ledger = found == null ? new Ledger() : found;
    PortfolioChecks checks = new PortfolioChecks(signal, rules, ledger);
    Refusal refusal = checks.beforeExposure();
    BigInteger before = null;
    BigInteger after = null;
    if (refusal == null) {
      before = exposure(key, portfolio);
      after = before.subtract(ledger.exposure()).add(ledger.exposure(checks.asked));
      refusal = checks.exposure(before, after);
      if (refusal == null) refusal = checks.rate(approvals(key, at, rules));
    }
    // Decisions on a portfolio that is unknown are not counted.
    if (rules != null) portfolio.riskSeq++;
    boolean approved = refusal == null;
    String decisionId = Ids.id("decision", Event.text(signal, "portfolioId"), Event.text(signal, "idempotencyKey"));
    String topic = approved ? Topics.APPROVED : Topics.REJECTED;
    GenericRecord event = Event.make(schemas.get(topic), decisionId, at, NAME, key, Event.text(record.value(), "correlationId"), signal);
    GenericRecord payload = Event.payload(event);
    Event.put(payload, "riskSeq", portfolio.riskSeq, "feedbackExecSeq", portfolio.feedbackExecSeq, "limitsVersion", settings.version);
    if (rules != null)
      Event.put(payload, "portfolioCurrency", rules.currency(), "tradingState", rules.tradingState(), "exposureCap", rules.exposureCap(),
          "portfolioMaxPositionQty", rules.maxPositionQty(), "rateMaximum", rules.rateMaximum(), "rateWindowMs", rules.rateWindowMs());
    if (approved) {
      checks.asked.tradeId = decisionId;
      ledger.pendings.add(checks.asked);
      ledgers.put(Ids.identity(key, instrument), ledger);
      if (!portfolio.instruments.contains(instrument)) portfolio.instruments.add(instrument);
      Event.put(payload, "tradeId", decisionId, "reservedNotional", checks.notional, "exposureBefore", before, "exposureAfter", after);
      remember(key, at, rules);
    } else {
      Event.put(payload, "decisionId", decisionId, "reasonCode", refusal.code(), "reason", refusal.code(),
          "stage", new org.apache.avro.generic.GenericData.EnumSymbol(payload.getSchema().getField("stage").schema(), checks.stage));
      payload.put("details", Event.put(Event.inner(payload, "details"), "limit", refusal.limit(), "observed", refusal.observed()));
    }
    context.forward(new Record<>(key, event, at), topic);
  }

  private BigInteger exposure(String key, RiskPortfolio portfolio) {
    BigInteger sum = Money.ZERO;
    for (String instrument : portfolio.instruments) sum = sum.add(ledgers.get(Ids.identity(key, instrument)).exposure());
    return sum;
  }

  /** Approvals in (at - window, at]. */
  private long approvals(String key, long at, Settings.Rules rules) {
    if (rules.rateMaximum() == null) return 0;
    long window = rules.rateWindowMs();
    long count = 0;
    for (long bucket = Math.floorDiv(at - window, window); bucket <= Math.floorDiv(at, window); bucket++) {
      Approvals found = rates.get(bucketKey(key, window, bucket));
      if (found != null) count += found.times.stream().filter(time -> time > at - window && time <= at).count();
    }
    return count;
  }

  private void remember(String key, long at, Settings.Rules rules) {
    if (rules.rateMaximum() == null) return;
    String bucket = bucketKey(key, rules.rateWindowMs(), Math.floorDiv(at, rules.rateWindowMs()));
    Approvals found = rates.get(bucket);
    Approvals approvals = found == null ? new Approvals() : found;
    approvals.times.add(at);
    rates.put(bucket, approvals);
  }

  private static String bucketKey(String key, long window, long bucket) {
    return Ids.identity(key, String.valueOf(window), String.valueOf(bucket));
  }

  /** Reports apply in execSeq order: an older one is dropped, one after a gap waits. */
  private void report(String key, GenericRecord report, RiskPortfolio portfolio) {
    long execSeq = Event.number(report, "execSeq");
    if (execSeq <= portfolio.feedbackExecSeq) return;
    if (execSeq > portfolio.feedbackExecSeq + 1) {
      early.putIfAbsent(Ids.identity(key, String.valueOf(execSeq)), report);
      return;
    }
    for (GenericRecord next = report; next != null; next = early.delete(Ids.identity(key, String.valueOf(portfolio.feedbackExecSeq + 1)))) {
      apply(key, next);
      portfolio.feedbackExecSeq++;
    }
    portfolios.put(key, portfolio);
  }

  private void apply(String key, GenericRecord report) {
    String instrument = Ids.instrumentKey(Event.text(report, "exchange"), Event.text(report, "instrumentId"));
    Ledger ledger = ledgers.get(Ids.identity(key, instrument));
    if (ledger == null) return;
    BigInteger units = Event.decimal(report, "lastQty");
    if (units.signum() > 0) ledger.books.apply(Event.isBuy(report), units, Event.decimal(report, "lastPrice"), Event.decimal(report, "fee"));
    String tradeId = Event.text(report, "tradeId");
    BigInteger leaves = Event.flag(report, "isTerminal") ? Money.ZERO : Event.decimal(report, "leavesQty");
    for (Ledger.Pending each : ledger.pendings) if (each.tradeId.equals(tradeId)) each.leaves = leaves;
    ledger.pendings.removeIf(each -> each.leaves.signum() == 0);
    ledgers.put(Ids.identity(key, instrument), ledger);
  }

  /** What makes two signals under one idempotency key the same request. */
  private static String request(GenericRecord signal) {
    StringBuilder request = new StringBuilder();
    for (String field : new String[] {"exchange", "instrumentId", "side", "orderType", "reduceOnly", "validUntil", "timeInForce"})
      request.append(Ids.encoded(String.valueOf(signal.get(field)))).append(' ');
    return request.append(Event.decimal(signal, "quantity")).append(' ').append(Event.decimal(signal, "limitPrice")).toString();
  }
}
