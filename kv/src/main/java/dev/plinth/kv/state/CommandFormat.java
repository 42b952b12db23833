package dev.plinth.kv.state;

import java.nio.ByteOrder;

/// The bytes of a command in the Raft log, version 1; little-endian. These offsets are on disks.
///
/// ```
/// +---------+------+---------+--------+----------------+------+
/// | version | kind | session | number | answered below | body |
/// +---------+------+---------+--------+----------------+------+
/// 0         1      2         10       18               26
///
/// WRITE          condition, changes
///   condition    +------+            kind 0: none
///                | kind |            kind 1: absent     then the key
///                +------+            kind 2: present    then the key
///                                    kind 3: equal      then the key and the value expected
///   changes      +-------+           then each:
///                | count |           +------+---------+-----+
///                +-------+           | kind | key len | key |                  kind 2: remove
///                    4               +------+---------+-----+---------+-------+
///                                    | kind | key len | key | val len | value |  kind 1: put
///                                    +------+---------+-----+---------+-------+
///                                       1        4              4
/// OPEN_SESSION   empty; the session that it opens has the entry's index as its number
/// CLOSE_SESSION  empty; closes the session named in the head
/// MEMBER         name, Raft address, client address: each a length (4) and UTF-8
/// FORGET_MEMBER  name
/// ```
///
/// Keys and values in a condition have their length (4) before them too. Session 0 is no session.
final class CommandFormat {
  static final byte VERSION = 1;
  static final int KIND_OFFSET = 1;
  static final int SESSION_OFFSET = 2;
  static final int NUMBER_OFFSET = 10;
  static final int ANSWERED_OFFSET = 18;
  static final int HEAD_BYTES = 26;
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  static final byte WRITE = 1;
  static final byte OPEN_SESSION = 2;
  static final byte CLOSE_SESSION = 3;
  static final byte MEMBER = 4;
  static final byte FORGET_MEMBER = 5;

  static final byte NO_CONDITION = 0;
  static final byte ABSENT = 1;
  static final byte PRESENT = 2;
  static final byte EQUAL = 3;

  static final byte PUT = 1;
  static final byte REMOVE = 2;

  private CommandFormat() {}
}
