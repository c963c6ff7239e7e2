// Connects the site to HTTP: limits requests and writes answers.

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The context of a request; the site needs none.
struct SiteContext: InitializableFromSource {
    init(source: ApplicationRequestContextSource) {}
}

/// Answers every request of the site's server.
struct SiteResponder: HTTPResponder {
    typealias Context = SiteContext

    let site: Site

    /// Longer addresses and bodies are refused, in bytes.
    private static let maxAddressBytes = 16 << 10
    private static let maxBodyBytes = 128 << 10

    /// Only files of this server, and no inline code.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'"

    func respond(to request: Request, context: SiteContext) async throws -> Response {
        let isHead = request.method == .head
        let reply: SiteReply
        switch request.method {
        case .get, .head, .post: reply = await self.reply(to: request)
        default: reply = SiteReply(status: 405, body: .data(Data()), headers: ["Allow": "GET, HEAD, POST"])
        }
        return SiteResponder.response(reply, withoutBody: isHead)
    }

    private func reply(to request: Request) async -> SiteReply {
        guard request.uri.string.utf8.count <= SiteResponder.maxAddressBytes else {
            return .page("The address is too long.", status: 414)
        }
        var caller = Caller(
            method: request.method.rawValue, host: request.head.authority, origin: request.headers[.origin],
            site: HTTPField.Name("sec-fetch-site").flatMap { request.headers[$0] }, cookies: request.headers[values: .cookie],
            token: HTTPField.Name("x-assay-token").flatMap { request.headers[$0] })
        var form = FormFields()
        if caller.isWrite {
            guard let buffer = try? await request.body.collect(upTo: SiteResponder.maxBodyBytes) else {
                return .page("The request is too large.", status: 413)
            }
            let type = request.headers[.contentType]?.split(separator: ";").first?.lowercased() ?? ""
            if buffer.readableBytes > 0 {
                guard type == "application/x-www-form-urlencoded",
                    let fields = FormFields(String(decoding: buffer.readableBytesView, as: UTF8.self))
                else { return .page("The request is not a form.", status: 415) }
                form = fields
            }
            caller.token = caller.token ?? form["token"]
        }
        return await site.reply(
            to: SiteRequest(caller: caller, path: request.uri.path, query: request.uri.query ?? "", form: form))
    }

    private static func response(_ reply: SiteReply, withoutBody: Bool) -> Response {
        var fields = HTTPFields()
        fields[.contentType] = reply.type
        let common = [
            "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
            "X-Frame-Options": "DENY", "Cache-Control": "no-store",
        ]
        for (name, value) in common.merging(reply.headers, uniquingKeysWith: { $1 }) {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let body: ResponseBody
        switch reply.body {
        case .data(let data):
            fields[.contentLength] = String(data.count)
            body = withoutBody ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: data))
        case .later(let start, let rest):
            body =
                withoutBody
                ? ResponseBody()
                : ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: start))
                    try await writer.write(ByteBuffer(string: await rest()))
                    try await writer.finish(nil)
                }
        }
        return Response(status: .init(code: reply.status), headers: fields, body: body)
    }
}
