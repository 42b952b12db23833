package dev.plinth.kv;

import dev.plinth.spi.Engines;
import dev.plinth.spi.Names;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How one node is run, complete and checked. Made from text, as it stands in a `.properties` file
/// or behind `--set`; `./plinth kv serve --help-options` lists the keys.
///
/// @param id the node's name
/// @param cluster the name of the cluster; nodes and clients of another one are turned away
/// @param listen where clients reach it by gRPC
/// @param raftAddress where members reach it
/// @param peers the members that a new cluster begins with; empty for a node that will be added
/// @param join the client address of a member that this node asks to be added by; null for none
/// @param learner whether it joins without a vote
/// @param resp where clients reach it by the Redis protocol; null for nowhere
/// @param metrics where the Prometheus text is served by HTTP; null for nowhere
/// @param security who may come
/// @param limits what it takes at most
/// @param electionMillis how long a follower waits for its leader before it stands for election
/// @param snapshotEntries after how many applied entries a snapshot is made; 0 for never
/// @param storage the keys `log.*` and `state.*`, for
///   [dev.plinth.raft.store.StorageConfiguration#of(Map)]
public record KvOptions(
    String id,
    String cluster,
    String listen,
    String raftAddress,
    List<Member> peers,
    @Nullable String join,
    boolean learner,
    @Nullable String resp,
    @Nullable String metrics,
    Security security,
    KvLimits limits,
    int electionMillis,
    long snapshotEntries,
    SortedMap<String, String> storage) {

  /// The engine that keeps the state when nothing else is said, where it is on the class path.
  public static final String STATE_ENGINE = "state.engine";

  private static final String ENGINE_FALLBACK = "lsm-leveled";
  private static final String LOG = "log.";
  private static final String STATE = "state.";

  private static final int ELECTION_MILLIS_MIN = 50;
  private static final int ELECTION_MILLIS_MAX = 600_000;

  private static final List<OptionSpec> NUMBERS =
      List.of(
          OptionSpec.bytes("key.bytes.max", "896", 1, KvLimits.KEY_BYTES_LIMIT, "longest key"),
          OptionSpec.bytes(
              "value.bytes.max", "1MiB", 1, KvLimits.VALUE_BYTES_LIMIT, "longest value"),
          OptionSpec.bytes(
              "request.bytes.max",
              "4MiB",
              1024,
              KvLimits.REQUEST_BYTES_LIMIT,
              "largest request, a batch for example"),
          OptionSpec.whole("scan.entries.max", 1000, 1, 100_000, "most entries of a page"),
          OptionSpec.bytes("scan.bytes.max", "1MiB", 1, 64 << 20, "about the bytes of a page"),
          OptionSpec.whole("connections.max", 1024, 1, 100_000, "client connections of a port"),
          OptionSpec.whole("pending.max", 8192, 1, 1_000_000, "writes under way at once"),
          OptionSpec.duration(
              "election.timeout",
              "1s",
              "how long a leader may be silent, 50ms to 10m; longer where the disk or the network"
                  + " stalls"),
          OptionSpec.whole(
              "snapshot.entries",
              1_000_000,
              0,
              Long.MAX_VALUE,
              "applied entries between snapshots, which let the log be cut; 0 for none"),
          OptionSpec.toggle("learner", false, "join without a vote"),
          OptionSpec.toggle(
              "insecure",
              false,
              "listen beyond this machine without a token and TLS, and talk Raft there, which has"
                  + " neither"));

  private static final Map<String, String> TEXTS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("node.id", "the node's name, such as n1"),
              Map.entry("cluster.id", "the cluster's name"),
              Map.entry("listen", "HOST:PORT for clients (gRPC); port 0 takes any"),
              Map.entry("raft.address", "HOST:PORT for the other members"),
              Map.entry("peers", "members of a new cluster: n1=HOST:PORT,n2=HOST:PORT (Raft)"),
              Map.entry("join", "HOST:PORT of a member that adds this node"),
              Map.entry("resp.address", "HOST:PORT for the Redis protocol; none by default"),
              Map.entry("metrics.address", "HOST:PORT for Prometheus; none by default"),
              Map.entry("tls.certificate", "PEM file with the certificate chain"),
              Map.entry("tls.key", "PEM file with the key, PKCS 8"),
              Map.entry("tls.ca", "PEM file that verifies the member to join"),
              Map.entry("token.file", "file whose first line clients must show")));

  /// Who may come.
  ///
  /// @param certificate the file with the certificate chain; null for no TLS
  /// @param key the file with the key
  /// @param authority the file that verifies a member to join; null for the system's
  /// @param tokenFile the file with the token; null for none
  /// @param insecure whether to listen beyond this machine without either
  public record Security(
      @Nullable String certificate,
      @Nullable String key,
      @Nullable String authority,
      @Nullable String tokenFile,
      boolean insecure) {
    /// Neither TLS nor a token.
    public static final Security NONE = new Security(null, null, null, null, false);

    public Security {
      if ((certificate == null) != (key == null)) {
        throw new StorageException.InvalidConfiguration(
            "tls.certificate and tls.key go together; give both or none");
      }
      if (authority != null && certificate == null) {
        throw new StorageException.InvalidConfiguration(
            "tls.ca is for a node that speaks TLS itself; give tls.certificate and tls.key too");
      }
    }
  }

  public KvOptions {
    peers = List.copyOf(peers);
    requireMember(id, raftAddress);
    peers.forEach(peer -> requireMember(peer.id(), peer.raftAddress()));
    if (learner && !peers.isEmpty()) {
      throw new StorageException.InvalidConfiguration(
          "learner = on: the members that begin a cluster all vote; leave out 'peers' and join");
    }
    if (electionMillis < ELECTION_MILLIS_MIN || electionMillis > ELECTION_MILLIS_MAX) {
      throw new StorageException.InvalidConfiguration(
          "election.timeout = "
              + electionMillis
              + "ms: a value from "
              + ELECTION_MILLIS_MIN
              + "ms to "
              + ELECTION_MILLIS_MAX / 60_000
              + "m is expected");
    }
    if (!cluster.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new StorageException.InvalidConfiguration(
          "cluster.id = '" + cluster + "': 1 to 64 letters, digits, '.', '_' and '-' are expected");
    }
    if (!peers.isEmpty() && join != null) {
      throw new StorageException.InvalidConfiguration(
          "'peers' begins a new cluster and 'join' enters one that is there; give one of them");
    }
    if (!peers.isEmpty() && peers.stream().noneMatch(peer -> peer.id().equals(id))) {
      throw new StorageException.InvalidConfiguration(
          "peers = "
              + peers.stream().map(Member::id).toList()
              + ": node.id = "
              + id
              + " is not among them");
    }
  }

  /// Refuses what can be no member, before anything of it is written down.
  private static void requireMember(String id, String raftAddress) {
    try {
      var _ = new Member(id, raftAddress, "");
    } catch (KvException e) {
      throw new StorageException.InvalidConfiguration(String.valueOf(e.getMessage()));
    }
    if (Member.port(raftAddress) == 0) {
      throw new StorageException.InvalidConfiguration(
          "the Raft address of "
              + id
              + " = "
              + raftAddress
              + ": members know each other by their ports; name one");
    }
  }

  /// The keys and what they mean, for help; `log.*` and `state.*` stand beside them.
  public static SortedMap<String, String> help() {
    SortedMap<String, String> help = new TreeMap<>(TEXTS);
    for (OptionSpec spec : NUMBERS) {
      help.put(spec.name(), spec.description() + " (" + spec.fallback() + ")");
    }
    help.put("log.*", "the Raft log: log.engine = segmented, an engine or jraft, and its options");
    help.put("state.*", "the state: state.engine = one of the engines, and its options");
    return help;
  }

  /// Reads options.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown key, with the nearest known one,
  ///   or a value that has not the form of its key
  public static KvOptions of(Map<String, String> given) {
    SortedMap<String, String> storage = new TreeMap<>();
    Map<String, String> own = new TreeMap<>();
    given.forEach(
        (key, value) ->
            (key.startsWith(LOG) || key.startsWith(STATE) ? storage : own).put(key, value.strip()));
    requireKnown(own);
    chooseEngine(storage);
    try {
      return of(own, storage);
    } catch (KvException e) {
      throw new StorageException.InvalidConfiguration(String.valueOf(e.getMessage()));
    }
  }

  private static KvOptions of(Map<String, String> own, SortedMap<String, String> storage) {
    Map<String, Object> numbers = new TreeMap<>();
    for (OptionSpec spec : NUMBERS) {
      String text = own.getOrDefault(spec.name(), spec.fallback());
      numbers.put(spec.name(), spec.form().parse(spec.name(), text));
    }
    Parsed parsed = new Parsed(numbers);
    String id = own.getOrDefault("node.id", "n1");
    List<Member> peers = peers(own.getOrDefault("peers", ""));
    String raft = raftAddress(own, id, peers);
    Security security =
        new Security(
            own.get("tls.certificate"),
            own.get("tls.key"),
            own.get("tls.ca"),
            own.get("token.file"),
            parsed.toggle("insecure"));
    return new KvOptions(
        id,
        own.getOrDefault("cluster.id", "plinth"),
        address("listen", own.getOrDefault("listen", "127.0.0.1:7001")),
        raft,
        peers,
        optionalAddress(own, "join"),
        parsed.toggle("learner"),
        optionalAddress(own, "resp.address"),
        optionalAddress(own, "metrics.address"),
        security,
        parsed.limits(),
        (int) Math.min(Integer.MAX_VALUE, parsed.whole("election.timeout") / 1_000_000),
        parsed.whole("snapshot.entries"),
        storage);
  }

  private record Parsed(Map<String, Object> values) {
    long whole(String name) {
      return values.get(name) instanceof Long number ? number : 0;
    }

    boolean toggle(String name) {
      return Boolean.TRUE.equals(values.get(name));
    }

    KvLimits limits() {
      return new KvLimits(
          (int) whole("key.bytes.max"),
          (int) whole("value.bytes.max"),
          (int) whole("request.bytes.max"),
          (int) whole("scan.entries.max"),
          (int) whole("scan.bytes.max"),
          (int) whole("connections.max"),
          (int) whole("pending.max"));
    }
  }

  private static void requireKnown(Map<String, String> own) {
    List<String> known = new ArrayList<>(TEXTS.keySet());
    NUMBERS.forEach(spec -> known.add(spec.name()));
    for (String key : own.keySet()) {
      if (!known.contains(key)) {
        throw new StorageException.InvalidConfiguration(Names.unknown("option", key, known));
      }
    }
  }

  private static void chooseEngine(SortedMap<String, String> storage) {
    String engine = storage.getOrDefault(STATE_ENGINE, ENGINE_FALLBACK);
    Engines.provider(engine);
    storage.put(STATE_ENGINE, engine);
  }

  private static String raftAddress(Map<String, String> own, String id, List<Member> peers) {
    String given = own.get("raft.address");
    for (Member peer : peers) {
      if (peer.id().equals(id)) {
        if (given != null && !given.equals(peer.raftAddress())) {
          throw new StorageException.InvalidConfiguration(
              "raft.address = " + given + ", but 'peers' has " + id + "=" + peer.raftAddress());
        }
        return peer.raftAddress();
      }
    }
    return address("raft.address", given == null ? "127.0.0.1:7101" : given);
  }

  private static List<Member> peers(String text) {
    List<Member> peers = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String word = part.strip();
      int equals = word.indexOf('=');
      if (equals > 0) {
        String id = word.substring(0, equals).strip();
        if (peers.stream().anyMatch(peer -> peer.id().equals(id))) {
          throw new StorageException.InvalidConfiguration("peers names " + id + " twice");
        }
        String raft = word.substring(equals + 1).strip();
        if (peers.stream().anyMatch(peer -> peer.raftAddress().equals(raft))) {
          throw new StorageException.InvalidConfiguration(
              "peers has " + raft + " twice; each member has an address of its own");
        }
        peers.add(new Member(id, raft, ""));
      } else if (!word.isEmpty()) {
        throw new StorageException.InvalidConfiguration(
            "peers = " + text + ": NAME=HOST:PORT,NAME=HOST:PORT is expected");
      }
    }
    return peers;
  }

  private static @Nullable String optionalAddress(Map<String, String> own, String name) {
    String text = own.get(name);
    return text == null ? null : address(name, text);
  }

  private static String address(String name, String text) {
    Member.requireAddress(name, text);
    return text;
  }
}
