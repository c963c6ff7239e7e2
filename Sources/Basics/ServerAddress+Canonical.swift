// Normalizes server addresses for use in keys.

extension ServerAddress {
    /// The address in normalized form: scheme and host in lower case, no default port, no trailing slash.
    /// - Parameters:
    ///   - address: the text from which this value was parsed.
    ///   - endings: redundant path suffixes; the first match is removed.
    package func canonical(_ address: String, withoutEndings endings: [String] = []) -> String {
        let afterScheme = address.utf8.dropFirst(isSecure ? 8 : 7)
        var path = String(decoding: afterScheme.drop { !"/?#".utf8.contains($0) }, as: UTF8.self)
        func trim() { while path.hasSuffix("/") { path.removeLast() } }
        trim()
        if let ending = endings.first(where: { path.hasSuffix($0) }) {
            path.removeLast(ending.count)
            trim()
        }
        return (isSecure ? "https://" : "http://") + host + (hasDefaultPort ? "" : ":\(port)") + path
    }
}
