// A transport that may end the process at each call of a provider: a test's door.

import Foundation

/// A transport with a kill point before each request is sent, and one with its answer at hand where the request changes
/// something. An emulator's own endpoints, which no provider has, are none.
package struct KillPointTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let points: KillPoints

    package init(_ base: any HTTPTransport, _ points: KillPoints) {
        self.base = base
        self.points = points
    }

    package func send(_ request: HTTPRequestValue) async throws -> HTTPResponseValue {
        let path = URL(string: request.url)?.path ?? ""
        if path.hasPrefix("/emulator/") { return try await base.send(request) }
        let name = "\(request.method.rawValue) \(KillPointTransport.shape(path))"
        try points.pass("before \(name)")
        let answer = try await base.send(request)
        if request.method != .get { try points.pass("after \(name)") }
        return answer
    }

    /// A path with `*` for ids: parts with many digits.
    private static func shape(_ path: String) -> String {
        path.split(separator: "/").map { part in
            part.count(where: \.isNumber) >= 6 ? "*" : String(part)
        }.joined(separator: "/")
    }
}
