// The folder of a path, as text.

extension StringProtocol {
    /// The path without its last component: `a` for `a/b` and `a/b/`, `/` for `/a` and `/`, empty for a name alone.
    /// `NSString.deletingLastPathComponent` has the same results, but stops the process for names of one character in Foundation
    /// for Linux (Swift 6.3).
    package var parentPath: String {
        var path = Substring(self)
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return "" }
        var parent = path[..<slash]
        while parent.hasSuffix("/") { parent.removeLast() }
        return parent.isEmpty ? "/" : String(parent)
    }
}
