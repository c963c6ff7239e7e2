// Decides which redirects a request follows, and which of its header fields are passed on.

package import Foundation

/// The redirects that a request follows, at most five in a row.
package enum HTTPRedirects: Sendable, Hashable {
    /// No redirects: the redirect itself is the response.
    case none
    /// Redirects within the same scheme, host and port. A GET or HEAD follows every kind; other methods follow only
    /// 307 and 308, which keep method and body.
    case sameOrigin
    /// Like `sameOrigin`; a GET or HEAD also follows redirects to other hosts, without fields that could
    /// authenticate, but never from `https` to `http`.
    case anywhere
}

extension HTTPRequestValue {
    /// Header fields that may be sent to another host: they describe the transfer and identify no user.
    private static let harmlessFields: Set<String> = ["accept", "range", "if-range", "user-agent"]

    /// The request that follows a redirect; `nil` if the response is not a redirect that this request follows.
    package func following(_ answer: HTTPResponseValue) -> HTTPRequestValue? {
        guard redirects != .none, let target = HTTPRequestValue.redirectTarget(of: answer, from: url),
            let old = URL(string: url)
        else { return nil }
        let reads = method == .get || method == .head
        guard reads || answer.status == 307 || answer.status == 308 else { return nil }
        var next = self
        next.url = target.absoluteString
        if target.origin == old.origin { return next }
        guard redirects == .anywhere, reads, target.scheme == "https" || old.scheme != "https" else { return nil }
        next.fields = HTTPFields(
            fields.fields.filter {
                HTTPRequestValue.harmlessFields.contains($0.name.lowercased())
            })
        return next
    }

    /// The address that a redirect names, resolved against the requested address; `nil` if it names none.
    package static func redirectTarget(of answer: HTTPResponseValue, from url: String) -> URL? {
        guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.fields["location"],
            let target = URL(string: location, relativeTo: URL(string: url))?.absoluteURL,
            target.scheme == "http" || target.scheme == "https"
        else { return nil }
        return target
    }
}

extension URL {
    /// Scheme, host and port: the scope of an API key.
    fileprivate var origin: String {
        let scheme = (scheme ?? "").lowercased()
        return "\(scheme)://\((host ?? "").lowercased()):\(port ?? (scheme == "https" ? 443 : 80))"
    }
}
