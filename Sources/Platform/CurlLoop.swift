// The thread that transfers all requests of one transport, using libcurl's multi interface and epoll.

import Basics
import CCurl
import CGlibc
import Foundation
import Glibc
import Synchronization

/// Runs exchanges until it is closed. Bodies are read from and written to files on its thread, as fast as the peer
/// receives and sends them.
///
/// All state except the inbox belongs to the thread.
final class CurlLoop: @unchecked Sendable {
    private struct Inbox {
        var added: [CurlExchange] = []
        var cancelled: [CurlExchange] = []
        var isClosed = false
    }

    /// The maximum number of connections to one server.
    private static let connectionLimit = 256

    private let inbox = Mutex(Inbox())
    private let waker: Int32
    private let poller: Int32

    private var multi: UnsafeMutableRawPointer?
    private var watched: Set<Int32> = []
    /// The time at which libcurl wants to be called next.
    private var deadline: ContinuousClock.Instant?
    private var active: [UnsafeMutableRawPointer: CurlExchange] = [:]
    private var connections: [String: Int] = [:]
    /// Exchanges that wait for a free connection.
    private var waiting: [CurlExchange] = []
    private var nextSilenceCheck = ContinuousClock.now
    private let silenceCheck: Duration

    /// The reason why libcurl cannot be loaded; `nil` if it is loaded.
    static let libraryProblem: String? = assay_curl_load().map { "it cannot be loaded: \(String(cString: $0))" }

    /// - Parameter silence: seconds without a byte after which an exchange ends.
    /// - Throws: `CurlProblem`.
    init(silence: Double) throws(CurlProblem) {
        if let problem = CurlLoop.libraryProblem {
            throw CurlProblem(message: "libcurl: \(problem); install libcurl4")
        }
        silenceCheck = .waiting(seconds: min(1, max(0.02, silence / 8)))
        poller = epoll_create1(Int32(O_CLOEXEC))
        waker = eventfd(0, O_CLOEXEC | O_NONBLOCK)
        guard poller >= 0, waker >= 0 else {
            let problem = CurlProblem(message: String(cString: strerror(errno)).lowercased())
            if poller >= 0 { close(poller) }
            if waker >= 0 { close(waker) }
            throw problem
        }
        watch(waker, for: EPOLLIN.rawValue)
        Thread.detachNewThread { [self] in run() }
    }

    // MARK: Callers

    /// Starts an exchange.
    func add(_ exchange: CurlExchange) {
        inbox.withLock { $0.added.append(exchange) }
        wake()
    }

    /// Ends an exchange early; its caller receives a `CancellationError`.
    func cancel(_ exchange: CurlExchange) {
        exchange.markCancelled()
        inbox.withLock { $0.cancelled.append(exchange) }
        wake()
    }

    /// Ends the thread once no exchange is active.
    func stop() {
        inbox.withLock { $0.isClosed = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(waker, &one, MemoryLayout<UInt64>.size)
    }

    // MARK: The thread

    private func run() {
        // A TLS library may write to a connection that the peer has closed, which raises SIGPIPE.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        multi = assay_multi_init(
            Unmanaged.passUnretained(self).toOpaque(),
            { _, socket, what, context, _ in
                Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().watch(socket, what: what)
                return 0
            },
            { _, milliseconds, context in
                Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().deadline =
                    milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
                return 0
            })
        if let multi { _ = assay_multi_set_long(multi, CURLMOPT_MAXCONNECTS, CurlLoop.connectionLimit) }
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while takeInbox() {
            let count = epoll_wait(poller, &events, Int32(events.count), patience())
            for event in events.prefix(Int(max(0, count))) {
                if event.data.fd == waker {
                    var value: UInt64 = 0
                    _ = read(waker, &value, MemoryLayout<UInt64>.size)
                } else {
                    act(event.data.fd, events: event.events)
                }
            }
            if let deadline, deadline <= .now {
                self.deadline = nil
                act(CURL_SOCKET_TIMEOUT, events: 0)
            }
            finishDone()
            endSilent()
        }
        if let multi { assay_multi_cleanup(multi) }
        close(poller)
        close(waker)
    }

    /// Milliseconds until the next timer; -1 without one.
    private func patience() -> Int32 {
        var next = deadline
        if !active.isEmpty { next = min(next ?? nextSilenceCheck, nextSilenceCheck) }
        guard let next else { return -1 }
        return Int32(saturating: max(0, ((next - .now) / .milliseconds(1)).rounded(.up)))
    }

    private func act(_ socket: Int32, events: UInt32) {
        guard let multi else { return }
        var what: Int32 = 0
        if events & EPOLLIN.rawValue != 0 { what |= CURL_CSELECT_IN }
        if events & EPOLLOUT.rawValue != 0 { what |= CURL_CSELECT_OUT }
        // libcurl detects the error when it reads or writes. If the error were passed to it, libcurl could report no
        // reason, and the event might belong to an earlier socket with the same number.
        if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { what |= CURL_CSELECT_IN | CURL_CSELECT_OUT }
        _ = assay_multi_act(multi, socket, what)
    }

    private func watch(_ socket: Int32, what: Int32) {
        guard what != CURL_POLL_REMOVE else {
            if watched.remove(socket) != nil { _ = epoll_ctl(poller, EPOLL_CTL_DEL, socket, nil) }
            return
        }
        let wanted =
            (what & CURL_POLL_IN != 0 ? EPOLLIN.rawValue : 0) | (what & CURL_POLL_OUT != 0 ? EPOLLOUT.rawValue : 0)
        watch(socket, for: wanted)
    }

    private func watch(_ socket: Int32, for events: UInt32) {
        var event = epoll_event(events: events, data: epoll_data_t(fd: socket))
        let isNew = watched.insert(socket).inserted
        if epoll_ctl(poller, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) != 0 {
            // If a descriptor number was closed and reused between two calls, only one side knows, so the other
            // operation is tried.
            _ = epoll_ctl(poller, isNew ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event)
        }
    }

    // MARK: Exchanges

    /// Starts and cancels the requested exchanges. Returns whether the loop continues.
    private func takeInbox() -> Bool {
        let (added, cancelled, isClosed) = inbox.withLock { inbox in
            defer {
                inbox.added.removeAll()
                inbox.cancelled.removeAll()
            }
            return (inbox.added, inbox.cancelled, inbox.isClosed)
        }
        for exchange in added { start(exchange) }
        for exchange in cancelled { abandon(exchange, CancellationError()) }
        return !(isClosed && active.isEmpty && waiting.isEmpty)
    }

    private func start(_ exchange: CurlExchange) {
        if exchange.isCancelled { return exchange.fail(CancellationError()) }
        let origin = exchange.connection.origin
        guard connections[origin, default: 0] < CurlLoop.connectionLimit else { return waiting.append(exchange) }
        guard let multi, let easy = assay_easy_init() else {
            return exchange.fail(CurlProblem(message: "out of memory"))
        }
        do { try exchange.set(easy) } catch {
            assay_easy_cleanup(easy)
            return exchange.fail(error)
        }
        active[easy] = exchange
        connections[origin, default: 0] += 1
        let code = assay_multi_add(multi, easy)
        if code != CURLM_OK { end(easy) { $0.fail(CurlProblem(message: "libcurl: error \(code.rawValue)")) } }
    }

    /// Removes a handle from libcurl, ends its exchange, and starts the next one to the same server.
    private func end(_ easy: UnsafeMutableRawPointer, _ body: (CurlExchange) -> Void) {
        guard let exchange = active.removeValue(forKey: easy) else { return }
        if let multi { _ = assay_multi_remove(multi, easy) }
        body(exchange)
        assay_easy_cleanup(easy)
        let origin = exchange.connection.origin
        let count = connections[origin, default: 1] - 1
        connections[origin] = count == 0 ? nil : count
        if let index = waiting.firstIndex(where: { $0.connection.origin == origin }) { start(waiting.remove(at: index)) }
    }

    private func abandon(_ exchange: CurlExchange, _ error: any Error) {
        if let index = waiting.firstIndex(where: { $0 === exchange }) {
            waiting.remove(at: index)
            exchange.fail(error)
        } else if let easy = active.first(where: { $0.value === exchange })?.key {
            end(easy) { $0.fail(error) }
        }
    }

    private func finishDone() {
        guard let multi else { return }
        var done: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while assay_multi_next(multi, &done, &code) {
            guard let easy = done else { continue }
            end(easy) { $0.finish(code, easy) }
        }
    }

    private func endSilent() {
        let now = ContinuousClock.now
        guard now >= nextSilenceCheck else { return }
        nextSilenceCheck = now + silenceCheck
        for exchange in active.values where exchange.isSilent(at: now) { abandon(exchange, exchange.silenceError) }
    }
}

/// The reason why libcurl cannot be used on this machine.
struct CurlProblem: Error { var message: String }
