// Writes requests as a proxy takes them: with the whole address in the request line.

import NIOCore
import NIOHTTP1

/// Turns `GET /path` with its `Host` into `GET http://host/path` (RFC 9112, 3.2.2). Plain http goes through a proxy in this
/// form, as most proxies tunnel to port 443 only.
final class AbsoluteTargetHandler: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let credentials: String?

    init(credentials: String?) { self.credentials = credentials }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        if let host = head.headers.first(name: "host") { head.uri = "http://" + host + head.uri }
        if let credentials { head.headers.replaceOrAdd(name: "proxy-authorization", value: "Basic " + credentials) }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    /// Puts it before the encoder of a new connection.
    static func add(to channel: any Channel, credentials: String?) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let encoder = try pipeline.context(handlerType: HTTPRequestEncoder.self)
            try pipeline.addHandler(AbsoluteTargetHandler(credentials: credentials), position: .after(encoder.handler))
        }
    }
}
