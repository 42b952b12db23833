package dev.plinth.cli.kv;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/// Writes one JSON object. Bytes that are no UTF-8 go out as Base64 under `NAME_base64`.
final class Json {
  private final StringBuilder text = new StringBuilder("{");

  Json put(String name, String value) {
    name(name).append('"').append(escaped(value)).append('"');
    return this;
  }

  Json put(String name, long value) {
    name(name).append(value);
    return this;
  }

  Json put(String name, boolean value) {
    name(name).append(value);
    return this;
  }

  Json put(String name, ByteString value) {
    try {
      String decoded =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(value.toByteArray()))
              .toString();
      return put(name, decoded);
    } catch (CharacterCodingException e) {
      // Any bytes are a key or a value.
      return put(name + "_base64", Base64.getEncoder().encodeToString(value.toByteArray()));
    }
  }

  Json put(String name, List<Json> values) {
    name(name).append('[');
    for (int i = 0; i < values.size(); i++) {
      text.append(i == 0 ? "" : ",").append(values.get(i));
    }
    text.append(']');
    return this;
  }

  private StringBuilder name(String name) {
    return text.append(text.length() > 1 ? "," : "").append('"').append(name).append("\":");
  }

  private static String escaped(String value) {
    StringBuilder escaped = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> escaped.append("\\\"");
        case '\\' -> escaped.append("\\\\");
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        default -> {
          if (c < ' ' || c == '\u007f') {
            escaped.append(String.format("\\u%04x", (int) c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }

  @Override
  public String toString() {
    return text + "}";
  }
}
