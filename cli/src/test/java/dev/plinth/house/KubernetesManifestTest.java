package dev.plinth.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plinth.cli.OptionNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The Job of docs/guides is one that Kubernetes takes and that the command line understands.
final class KubernetesManifestTest {
  private static final Path FILE = Repository.root().resolve("docs/guides/bench-job.json");

  @Test
  void itIsAnIndexedJobWhoseShardsAreItsCompletions() throws IOException {
    JsonNode job = new ObjectMapper().readTree(Files.readAllBytes(FILE));
    assertEquals("batch/v1", job.path("apiVersion").asText());
    assertEquals("Job", job.path("kind").asText());
    assertTrue(job.at("/metadata/name").asText().matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?"));
    JsonNode spec = job.path("spec");
    assertEquals("Indexed", spec.path("completionMode").asText());
    int completions = spec.path("completions").asInt();
    assertTrue(completions > 1);
    assertEquals(completions, spec.path("parallelism").asInt());
    JsonNode pod = spec.at("/template/spec");
    assertTrue(Set.of("OnFailure", "Never").contains(pod.path("restartPolicy").asText()));
    assertEquals(
        spec.at("/template/metadata/labels"),
        pod.at(
            "/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/labelSelector/matchLabels"));
    String command = pod.at("/containers/0/args/0").asText();
    assertTrue(command.contains("--shard $((JOB_COMPLETION_INDEX + 1))/" + completions), command);
  }

  @Test
  void everyVolumeIsMountedAndEveryMountHasAVolume() throws IOException {
    JsonNode pod = new ObjectMapper().readTree(Files.readAllBytes(FILE)).at("/spec/template/spec");
    Set<String> volumes = new TreeSet<>();
    Set<String> mounts = new TreeSet<>();
    pod.path("volumes").forEach(volume -> volumes.add(volume.path("name").asText()));
    pod.at("/containers/0/volumeMounts").forEach(mount -> mounts.add(mount.path("name").asText()));
    assertEquals(volumes, mounts);
    assertFalse(volumes.isEmpty());
    String command = pod.at("/containers/0/args/0").asText();
    pod.at("/containers/0/volumeMounts")
        .forEach(mount -> assertTrue(command.contains(mount.path("mountPath").asText()), command));
  }

  @Test
  void theCommandLineTakesItsArguments() throws IOException {
    JsonNode pod = new ObjectMapper().readTree(Files.readAllBytes(FILE)).at("/spec/template/spec");
    String command = pod.at("/containers/0/args/0").asText();
    String plain =
        command
            .replace("$((JOB_COMPLETION_INDEX + 1))", "1")
            .replace("$JOB_COMPLETION_INDEX", "0")
            .replaceFirst("^exec /plinth/plinth ", "");
    List<String> known = new ArrayList<>();
    known.addAll(OptionNames.of("bench"));
    for (String word : plain.split(" ", -1)) {
      assertTrue(!word.startsWith("--") || known.contains(word), word);
    }
    assertTrue(plain.startsWith("bench "), plain);
  }
}
