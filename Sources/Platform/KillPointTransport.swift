// A transport that can end the process at each call of a provider, for tests of crash recovery.

import Foundation

/// A transport with a kill point before each request is sent, and one after the response to a request that changes
/// something. The emulator's control endpoints, which no provider has, have no kill points.
package struct KillPointTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let points: KillPoints

    /// - Parameter base: the transport that sends the requests.
    package init(_ base: any HTTPTransport, _ points: KillPoints) {
        self.base = base
        self.points = points
    }

    /// Passes the points `before METHOD path` and, except for GET, `after METHOD path`, with ids replaced by `*`.
    package func send(_ request: HTTPRequestValue) async throws -> HTTPResponseValue {
        let path = URL(string: request.url)?.path ?? ""
        if path.hasPrefix("/emulator/") { return try await base.send(request) }
        let name = "\(request.method.rawValue) \(KillPointTransport.shape(path))"
        try points.pass("before \(name)")
        let answer = try await base.send(request)
        if request.method != .get { try points.pass("after \(name)") }
        return answer
    }

    /// A path with ids replaced by `*`: components with at least six digits.
    private static func shape(_ path: String) -> String {
        path.split(separator: "/").map { part in
            part.count(where: \.isNumber) >= 6 ? "*" : String(part)
        }.joined(separator: "/")
    }
}
