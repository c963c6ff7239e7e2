// A connection of the emulator: HTTP/1.1, and HTTP/1.0 with one request per connection.

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// The server's HTTP/1.1 channel, which also closes a connection when its client announced it. The server's own types
/// have no protocol version and recognize only the exact field value `close`.
struct EmulatorChannel: ServerChildChannel {
    let base: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ConnectionEndHandler(), position: .after(decoder))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

/// Adds `Connection: close` to every request after which the connection closes: HTTP/1.0 requests, whose answers end
/// with the connection, and requests that ask for it in any spelling.
private final class ConnectionEndHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.version != .http1_1 || !head.isKeepAlive else {
            return context.fireChannelRead(data)
        }
        head.headers.replaceOrAdd(name: "connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
