// Serves one emulated account on 127.0.0.1.

package import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Listens on loopback for one account, and keeps the account's request log.
package actor LoopbackServer {
    private let service: any EmulatedService
    private let settings: AccountSettings
    private let log: RequestLog
    private var server: Task<Void, Never>?

    /// Opens the account's log; does not listen yet.
    /// - Throws: file system errors.
    package init(_ service: any EmulatedService, settings: AccountSettings) throws {
        self.service = service
        self.settings = settings
        log = try RequestLog(service.folder, recordsBodies: settings.recordsBodies)
    }

    /// Starts listening.
    /// - Returns: `http://127.0.0.1:<port>`.
    /// - Throws: `EmulatorError.notListening`.
    package func start() async throws -> URL {
        let (ports, port) = AsyncThrowingStream.makeStream(of: Int.self)
        let pipeline = RequestPipeline(
            service: service, log: log, faults: FaultInjector(settings.faults, file: service.folder.faults),
            recordsBodies: settings.recordsBodies)
        let application = Application(
            responder: pipeline,
            server: HTTPServerBuilder { [settings] responder in
                EmulatorChannel(
                    base: HTTP1Channel(
                        responder: responder,
                        configuration: .init(idleTimeout: .milliseconds(Int64(settings.idleTimeout * 1000)))))
            },
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    settings.connections, logger: Logger(label: "emulator") { _ in SwiftLogNoOpLogHandler() })),
            onServerRunning: { channel in
                if let number = channel.localAddress?.port { port.yield(number) }
            },
            logger: Logger(label: "emulator") { _ in SwiftLogNoOpLogHandler() })
        server = Task {
            do {
                try await application.run()
                port.finish(throwing: EmulatorError.notListening(reason: "the server ended"))
            } catch {
                port.finish(throwing: EmulatorError.notListening(reason: "\(error)"))
            }
        }
        for try await number in ports {
            guard let address = URL(string: "http://127.0.0.1:\(number)") else { break }
            return address
        }
        throw EmulatorError.notListening(reason: "no port")
    }

    /// Stops listening, cancels the account's computations and closes the files. Completed work is kept.
    package func stop() async {
        server?.cancel()
        await server?.value
        await service.stopWork()
        await service.vision.close()
        await log.close()
    }

    /// The logged requests of an operation such as `files.create`; of all operations if `nil`.
    package func requests(_ operation: String?) async throws -> [RequestLogEntry] {
        try await log.entries(operation: operation, method: nil, path: nil)
    }
}
