import java.util.List;

/** Names of the topics. Those that the pipeline writes have a prefix here, so that two pipelines can read the same inputs. */
final class Topics {
  static final String REGISTERED = "instrument.registered";
  static final String SIGNALS = "trading.signals";
  static final String CHECKED = "signals.checked";
  static final String PORTFOLIO_SIGNALS = "trading.signals.portfolio";
  static final String APPROVED = "trades.approved";
  static final String REJECTED = "trades.rejected";
  static final String PLACED = "orders.placed";
  static final String FILLS = "orders.fills";
  static final String UPDATED = "portfolio.updated";
  /** Not a topic of the specification: the records that failed, each with its topic and reason as text. */
  static final String DEAD_LETTERS = "dead-letters";
  static final String PREFIX = "witness.";
  static final List<String> READ = List.of(REGISTERED, SIGNALS);
  static final List<String> WRITTEN = List.of(CHECKED, PORTFOLIO_SIGNALS, APPROVED, REJECTED, PLACED, FILLS, UPDATED);

  private Topics() {}

  /** The name that a topic has in the specification. */
  static String specified(String named) {
    return named.startsWith(PREFIX) ? named.substring(PREFIX.length()) : named;
  }
}
