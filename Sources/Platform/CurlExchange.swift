// One request and its response, transferred by libcurl.

import Basics
import CCurl
import Foundation
import Synchronization

/// The state of one transfer. After it is passed to a `CurlLoop`, only the loop's thread accesses it, except for the
/// cancellation flag.
final class CurlExchange: @unchecked Sendable {
    /// The connection settings that libcurl needs in addition to the request.
    struct Connection: Sendable {
        /// The address with its validated host and port, and the path and query to send.
        var url: String
        var proxy: ProxyAddress?
        /// The file of trusted certificates; `nil` for http.
        var certificates: String?
        /// The limit in seconds for name resolution, connection and TLS handshake together.
        var connectTimeout: Double
        /// Scheme, host, port and proxy; connections are shared and counted per origin.
        var origin: String
    }

    /// The result of a failed transfer.
    struct Ending: Error {
        var code: CURLcode
        /// Whether a connection was established, so that the server may have received the request.
        var wasConnected: Bool
        /// The `errno` of a failed connection; 0 for other errors.
        var systemError: Int32
        /// The status of a proxy's response to `CONNECT`; 0 if there was none.
        var proxyStatus: Int
        /// libcurl's error message.
        var message: String
    }

    let connection: Connection
    private let request: HTTPRequestValue
    private let silence: Double
    private let cancelled = Mutex(false)

    private var continuation: CheckedContinuation<HTTPResponseValue, any Error>?
    private var body: HTTPBodyReader
    private var sink: HTTPSink?
    private var meter: ProgressMeter
    private var pace: TransferPace
    private var answer = HTTPResponseValue(status: 0)
    private var headBytes = 0
    private var isHeadComplete = false
    private var expected: Int64?
    /// The local error: a file, a limit or a stall. It takes precedence over libcurl's error.
    private var failure: (any Error)?
    private var lastMove = ContinuousClock.now
    private var fields: UnsafeMutablePointer<curl_slist>?
    private var proxyFields: UnsafeMutablePointer<curl_slist>?
    private let errorBuffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// The maximum size of the response heads in bytes, interim responses included.
    private static let headLimit = 256 << 10

    init(_ request: HTTPRequestValue, connection: Connection, upload: UploadState, silence: Double) {
        self.request = request
        self.connection = connection
        self.silence = silence
        body = HTTPBodyReader(request: request, upload: upload)
        meter = ProgressMeter(request: request)
        pace = TransferPace(silence: silence)
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        assay_list_free(fields)
        assay_list_free(proxyFields)
        errorBuffer.deallocate()
    }

    /// Whether the caller has stopped waiting.
    var isCancelled: Bool { cancelled.withLock(\.self) }
    func markCancelled() { cancelled.withLock { $0 = true } }

    /// Sets the continuation that `finish` resumes. Must be called before the exchange is passed to a loop.
    func begin(_ continuation: CheckedContinuation<HTTPResponseValue, any Error>) { self.continuation = continuation }

    // MARK: Options

    /// Configures a new handle for the request. The handle must not outlive the exchange.
    func set(_ easy: UnsafeMutableRawPointer) throws {
        var wrong = CURLE_OK
        func check(_ code: CURLcode) { if code != CURLE_OK { wrong = code } }
        func set(_ option: CURLoption, _ value: Int) { check(assay_easy_set_long(easy, option, value)) }
        func set(_ option: CURLoption, _ value: String) { check(assay_easy_set_string(easy, option, value)) }

        check(assay_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorBuffer))
        check(
            assay_easy_set_moves(
                easy, Unmanaged.passUnretained(self).toOpaque(),
                { bytes, size, count, context in
                    Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue()
                        .send(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
                },
                { bytes, size, count, context in
                    Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue()
                        .receiveLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
                },
                { bytes, size, count, context in
                    Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue()
                        .receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
                }))
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_URL, connection.url)
        // The path is sent unchanged, including `..`.
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(saturating: connection.connectTimeout * 1000)))
        // Shorter than the time after which servers drop idle connections: a request on a connection that is being
        // dropped has an unknown outcome.
        set(CURLOPT_MAXAGE_CONN, 15)
        setProxy(easy, set: set, check: check)
        if let certificates = connection.certificates {
            set(CURLOPT_CAINFO, certificates)
            check(assay_easy_set_string(easy, CURLOPT_CAPATH, nil))
        }

        let count = request.bodyCount
        switch request.method {
        case .get where count == 0: set(CURLOPT_HTTPGET, 1)
        case .head where count == 0: set(CURLOPT_NOBODY, 1)
        case .delete where count == 0: set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        default:
            set(CURLOPT_UPLOAD, 1)
            check(assay_easy_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(count)))
            set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        // libcurl silently repeats a request if its kept connection turns out to be closed. It cannot repeat a body,
        // because it cannot rewind it; other requests that may change something use a new connection.
        if count == 0, request.method != .get, request.method != .head { set(CURLOPT_FRESH_CONNECT, 1) }
        try setFields(check: check)
        check(assay_easy_set_pointer(easy, CURLOPT_HTTPHEADER, fields))
        guard wrong == CURLE_OK else { throw ending(wrong, easy) }
    }

    private func setProxy(
        _ easy: UnsafeMutableRawPointer, set: (CURLoption, String) -> Void, check: (CURLcode) -> Void
    ) {
        // Empty values keep libcurl from reading the environment.
        set(CURLOPT_NOPROXY, "")
        guard let proxy = connection.proxy else { return set(CURLOPT_PROXY, "") }
        let host = proxy.host.contains(":") ? "[\(proxy.host)]" : proxy.host
        check(assay_easy_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1))
        switch proxy.kind {
        case .socks5:
            set(CURLOPT_PROXY, "socks5h://\(host):\(proxy.port)")
            if let decoded = proxy.credentials.flatMap({ Data(base64Encoded: $0) }) {
                let parts = String(decoding: decoded, as: UTF8.self)
                    .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                set(CURLOPT_PROXYUSERNAME, parts[0])
                set(CURLOPT_PROXYPASSWORD, parts.count > 1 ? parts[1] : "")
            }
        case .http:
            set(CURLOPT_PROXY, "http://\(host):\(proxy.port)")
            var lines = ["Proxy-Connection:"]
            if let credentials = proxy.credentials { lines.append("Proxy-Authorization: Basic \(credentials)") }
            for line in lines { proxyFields = assay_list_append(proxyFields, line) }
            check(assay_easy_set_pointer(easy, CURLOPT_PROXYHEADER, proxyFields))
            check(assay_easy_set_long(easy, CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE)))
        }
    }

    /// Sets the header fields in order, and removes those that libcurl would add.
    private func setFields(check: (CURLcode) -> Void) throws {
        func add(_ line: String) {
            guard let longer = assay_list_append(fields, line) else { return check(CURLE_OUT_OF_MEMORY) }
            fields = longer
        }
        for field in request.fields.fields {
            guard field.isValid else { throw InvalidField(name: field.name) }
            // The transport frames the body.
            if ["content-length", "transfer-encoding"].contains(field.name.lowercased()) { continue }
            add(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        for name in ["Accept", "Expect", "User-Agent"] where request.fields[name] == nil { add("\(name):") }
    }

    // MARK: Bytes

    private func send(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        lastMove = .now
        do { return try body.read(into: buffer) } catch {
            failure = error
            return Int(CURL_READFUNC_ABORT)
        }
    }

    private func receiveLine(_ bytes: UnsafeRawBufferPointer) -> Int {
        lastMove = .now
        // Trailer fields are not used.
        if isHeadComplete { return bytes.count }
        headBytes += bytes.count
        guard headBytes <= CurlExchange.headLimit else {
            failure = TooLongHead()
            return 0
        }
        let line = String(decoding: bytes, as: UTF8.self).trimmingSuffix(while: \.isNewline)
        if line.isEmpty { return endHead() ? bytes.count : 0 }
        if line.hasPrefix("HTTP/") {
            answer.fields = HTTPFields()
            answer.status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        } else if line.first == " " || line.first == "\t" {
            answer.fields.continueLast(line.trimmingCharacters(in: .whitespaces))
        } else if let colon = line.firstIndex(of: ":") {
            answer.fields.append(
                String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        return bytes.count
    }

    /// Completes a response head. Returns whether the transfer can continue.
    private func endHead() -> Bool {
        // An interim response such as 100; the final one follows.
        if (100..<200).contains(answer.status), answer.status != 101 { return true }
        isHeadComplete = true
        expected = answer.fields["content-length"].flatMap { Int64($0) }
        do { sink = try HTTPSink(request.destination, status: answer.status) } catch {
            failure = error
            return false
        }
        return true
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        lastMove = .now
        do {
            answer.received += Int64(bytes.count)
            // A limit on the whole exchange ends a slow transfer anyway.
            if request.timeout == nil { try pace.check(answer.received, now: lastMove) }
            try sink?.write(bytes)
            meter.received(answer.received, of: expected)
            return bytes.count
        } catch {
            failure = error
            return bytes.isEmpty ? 1 : 0
        }
    }

    /// Whether no byte has moved for as long as the transport allows.
    func isSilent(at now: ContinuousClock.Instant) -> Bool { (now - lastMove) / .seconds(1) >= silence }
    /// The error of a silent exchange.
    var silenceError: any Error { SilentExchange(seconds: silence) }

    // MARK: End

    /// Ends an exchange that libcurl no longer processes, with an error.
    func fail(_ error: any Error) {
        release()
        continuation?.resume(throwing: error)
        continuation = nil
    }

    /// Ends an exchange with libcurl's result; called before its handle is released.
    func finish(_ code: CURLcode, _ easy: UnsafeMutableRawPointer) {
        if let failure { return fail(failure) }
        guard code == CURLE_OK else {
            if code == CURLE_PARTIAL_FILE, let expected {
                return fail(TruncatedAnswer(expected: expected, received: answer.received))
            }
            return fail(ending(code, easy))
        }
        guard isHeadComplete else { return fail(ending(CURLE_WEIRD_SERVER_REPLY, easy)) }
        meter.finish(answer.received, of: expected)
        answer.body = sink?.memory ?? Data()
        release()
        continuation?.resume(returning: answer)
        continuation = nil
    }

    private func release() {
        body.close()
        sink?.close()
        sink = nil
    }

    private func ending(_ code: CURLcode, _ easy: UnsafeMutableRawPointer) -> Ending {
        let own = String(cString: errorBuffer)
        return Ending(
            code: code, wasConnected: assay_easy_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T) > 0,
            systemError: Int32(truncatingIfNeeded: assay_easy_get_long(easy, CURLINFO_OS_ERRNO)),
            proxyStatus: assay_easy_get_long(easy, CURLINFO_HTTP_CONNECTCODE),
            message: own.isEmpty ? String(cString: assay_easy_error(code)) : own)
    }
}

/// A header field that contains a line end or that is not valid in HTTP.
struct InvalidField: Error { var name: String }
/// A response head that exceeds the limit.
struct TooLongHead: Error {}
/// No byte has moved in either direction.
struct SilentExchange: Error { var seconds: Double }

extension HTTPFields.Field {
    /// Whether the name is a token and the value has no control characters (RFC 9110, 5.5 and 5.6.2).
    fileprivate var isValid: Bool {
        let marks = "!#$%&'*+-.^_`|~".utf8
        return !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: marks.contains(byte)
                }
            }
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\t") }
    }
}

extension String {
    fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> String {
        var rest = self[...]
        while let last = rest.last, condition(last) { rest.removeLast() }
        return String(rest)
    }
}
