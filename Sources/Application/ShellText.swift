// Quotes command lines for a shell.

/// Arguments quoted for a POSIX shell.
package enum ShellText {
    /// A command line that a shell parses into exactly these arguments.
    package static func command(_ arguments: [String]) -> String {
        arguments.map(quoted).joined(separator: " ")
    }

    /// The argument unchanged if it has no special characters, otherwise in single quotes.
    static func quoted(_ argument: String) -> String {
        let isPlain =
            !argument.isEmpty
            && argument.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "%+,-./:=@_".unicodeScalars.contains(scalar))
            }
        return isPlain ? argument : "'" + argument.replacing("'", with: "'\\''") + "'"
    }
}
