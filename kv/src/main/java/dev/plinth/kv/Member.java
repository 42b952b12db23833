package dev.plinth.kv;

import dev.plinth.kv.KvException.Kind;

/// A node of a cluster: its name and where it is reached.
///
/// @param id its name: 1 to 32 of `a-z`, `0-9` and `-`
/// @param raftAddress where the other members reach it, `HOST:PORT`
/// @param address where clients reach it, `HOST:PORT`; empty while that is not known
public record Member(String id, String raftAddress, String address) {

  public Member {
    if (!id.matches("[a-z0-9][a-z0-9-]{0,31}")) {
      throw new KvException(
          Kind.INVALID, "'" + id + "' is no name of a node: 1 to 32 of a-z, 0-9 and - are");
    }
    requireAddress("the Raft address of " + id, raftAddress);
    if (!address.isEmpty()) {
      requireAddress("the address of " + id, address);
    }
  }

  /// Refuses what is no `HOST:PORT`.
  ///
  /// @param what names it in the message
  public static void requireAddress(String what, String address) {
    int colon = address.lastIndexOf(':');
    boolean good =
        colon > 0
            && address.substring(colon + 1).matches("[0-9]{1,5}")
            && Integer.parseInt(address.substring(colon + 1)) <= 65_535
            && !address.substring(0, colon).isBlank()
            && !address.matches(".*[\\s,/=].*");
    if (!good) {
      throw new KvException(
          Kind.INVALID, what + " = '" + address + "': HOST:PORT is expected, as 127.0.0.1:7001");
    }
  }

  /// The host of an address.
  public static String host(String address) {
    return address.substring(0, address.lastIndexOf(':'));
  }

  /// The port of an address.
  public static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }
}
