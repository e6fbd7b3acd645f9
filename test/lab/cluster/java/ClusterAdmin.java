import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;

/**
 * What administrators do to a cluster. Arguments: brokers, then `move-leaders`, or `quota` and the bytes that each client may send
 * and fetch in a second (0: as many as it likes).
 */
public class ClusterAdmin {
  public static void main(String[] args) throws Exception {
    Properties config = new Properties();
    config.put("bootstrap.servers", args[0]);
    try (Admin admin = Admin.create(config)) {
      if (args[1].equals("move-leaders")) moveLeaders(admin);
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
