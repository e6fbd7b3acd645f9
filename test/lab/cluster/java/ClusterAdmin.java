import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;

/**
 * What administrators do to a cluster. Arguments: brokers, then `move-leaders`, or `recreate` and a topic, which is deleted and made
 * anew as it was, or `quota` and the bytes that each client may send and fetch in a second (0: as many as it likes).
 */
public class ClusterAdmin {
  public static void main(String[] args) throws Exception {
    Properties config = new Properties();
    config.put("bootstrap.servers", args[0]);
    try (Admin admin = Admin.create(config)) {
      if (args[1].equals("move-leaders")) moveLeaders(admin);
      else if (args[1].equals("recreate")) recreate(admin, args[2]);
      else quota(admin, Double.parseDouble(args[2]));
    }
  }

  /** Every partition goes to its next replica: those of the coordinators too. */
  private static void moveLeaders(Admin admin) throws Exception {
    Set<String> topics = admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
    Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
    for (TopicDescription topic : admin.describeTopics(topics).allTopicNames().get().values())
      topic.partitions().forEach(partition -> {
        List<Integer> replicas = new ArrayList<>();
        for (Node replica : partition.replicas()) replicas.add(replica.id());
        Collections.rotate(replicas, 1);
        TopicPartition at = new TopicPartition(topic.name(), partition.partition());
        moves.put(at, Optional.of(new NewPartitionReassignment(replicas)));
      });
    admin.alterPartitionReassignments(moves).all().get();
    while (!admin.listPartitionReassignments().reassignments().get().isEmpty()) Thread.sleep(100);
    admin.electLeaders(ElectionType.PREFERRED, moves.keySet()).partitions().get();
  }

  private static void recreate(Admin admin, String name) throws Exception {
    TopicDescription was = admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    Map<String, String> configs = new HashMap<>();
    for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).all().get().get(resource).entries())
      if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) configs.put(entry.name(), entry.value());
    short replicas = (short) was.partitions().get(0).replicas().size();
    admin.deleteTopics(List.of(name)).all().get();
    while (true) {
      try {
        admin.createTopics(List.of(new NewTopic(name, was.partitions().size(), replicas).configs(configs))).all().get();
        return;
      } catch (ExecutionException error) {
        if (!(error.getCause() instanceof TopicExistsException)) throw error;
        Thread.sleep(100);
      }
    }
  }

  private static void quota(Admin admin, double bytes) throws Exception {
    ClientQuotaEntity everyone = new ClientQuotaEntity(Collections.singletonMap(ClientQuotaEntity.CLIENT_ID, null));
    Double limit = bytes > 0 ? bytes : null;
    admin
        .alterClientQuotas(List.of(new ClientQuotaAlteration(everyone, List.of(
            new ClientQuotaAlteration.Op("producer_byte_rate", limit),
            new ClientQuotaAlteration.Op("consumer_byte_rate", limit)))))
        .all()
        .get();
  }
}
