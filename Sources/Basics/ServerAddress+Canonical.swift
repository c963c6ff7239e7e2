// One spelling of an address, for keys.

extension ServerAddress {
    /// An address in one spelling: scheme and host in lower case, no default port, no slash at its end.
    /// - Parameters:
    ///   - address: the text from which this value was read.
    ///   - endings: ends of the path that add nothing; the first that fits is removed.
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
