package dev.plinth.cli.kv;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `plinth kv`: a replicated ordered map.
@Command(
    name = "kv",
    description = {
      "A replicated key-value server on SOFAJRaft, and its client.",
      "'kv serve --dir D --cluster 3' starts three nodes in one process; the other commands talk to"
          + " 127.0.0.1:7001 unless --server or PLINTH_KV says otherwise."
    },
    exitCodeList = {
      "0:success",
      "1:failure, the key is not there, or a condition did not hold",
      "2:wrong usage"
    },
    subcommands = {
      ServeCommand.class,
      KeyCommands.Put.class,
      KeyCommands.Get.class,
      KeyCommands.Delete.class,
      KeyCommands.Scan.class,
      KeyCommands.CompareAndSet.class,
      KeyCommands.Batch.class,
      MemberCommands.AddServer.class,
      MemberCommands.RemoveServer.class,
      MemberCommands.ListServers.class,
      MemberCommands.TransferLeader.class,
      NodeCommands.MakeSnapshot.class,
      NodeCommands.Stats.class,
      NodeCommands.Digest.class,
      BenchCommand.class
    })
public final class KvCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: serve, put, get, scan, ...");
  }
}
