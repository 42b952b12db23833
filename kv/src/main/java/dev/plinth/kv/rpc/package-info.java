/// The gRPC port: methods, their service, who may call, and failures as status codes.
@NullMarked
package dev.plinth.kv.rpc;

import org.jspecify.annotations.NullMarked;
