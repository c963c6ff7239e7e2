// Serves a project's pages on loopback until it is stopped.

package import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Platform

/// Options of the server.
package struct WebViewSettings: Sendable {
    /// The project's state folder; `nil` for the one that commands in the current folder use.
    package var state: String?
    /// The port; 0 picks a free port.
    package var port = 0
    /// Whether to refuse all writes.
    package var isReadOnly = false
    /// The process's environment, which locates the state and the user's configuration.
    package var environment: [String: String]

    /// - Parameter environment: the process's environment.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) { self.environment = environment }
}

/// A project in a browser: a server on 127.0.0.1 that only answers callers with its random token.
package struct WebView: Sendable {
    /// The reason why the server does not listen.
    package struct NotListening: Error, CustomStringConvertible {
        /// The message for users.
        package var description: String
    }

    /// The address that opens the project, with its token. Anyone with the address can read the project and change its
    /// runs.
    package let address: URL
    private let server: Task<Void, Never>

    /// Seconds after which a connection without a request is closed, and the largest number of connections.
    private static let idleSeconds: Int64 = 60
    private static let maxConnections = 128

    /// Starts listening. Creates no state.
    /// - Throws: `NotListening` if the port is taken.
    package static func start(_ settings: WebViewSettings) async throws -> WebView {
        var random = SystemRandomNumberGenerator()
        let gate = Gate(using: &random)
        let site = Site(
            gate: gate, state: settings.state, environment: settings.environment, isReadOnly: settings.isReadOnly)
        let logger = Logger(label: "view") { _ in SwiftLogNoOpLogHandler() }
        let (ports, port) = AsyncThrowingStream.makeStream(of: Int.self)
        let application = Application(
            responder: SiteResponder(site: site),
            server: .http1(configuration: .init(idleTimeout: .seconds(idleSeconds))),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(maxConnections, logger: logger)),
            onServerRunning: { channel in
                if let number = channel.localAddress?.port { port.yield(number) }
            },
            logger: logger)
        let server = Task {
            do {
                try await application.run()
                port.finish(throwing: NotListening(description: "the server ended"))
            } catch {
                port.finish(
                    throwing: NotListening(
                        description: "cannot listen on 127.0.0.1:\(settings.port): \(error); choose another port with --port"))
            }
        }
        for try await number in ports {
            guard let address = URL(string: "http://127.0.0.1:\(number)/?token=\(gate.token)") else { break }
            return WebView(address: address, server: server)
        }
        server.cancel()
        throw NotListening(description: "cannot listen on 127.0.0.1:\(settings.port)")
    }

    /// Stops listening and closes the connections.
    package func stop() async {
        server.cancel()
        await server.value
    }
}
