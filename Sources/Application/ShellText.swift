// Command lines as text that a shell reads back.

/// Arguments quoted for a POSIX shell.
package enum ShellText {
    /// A command line that gives a shell exactly these arguments when it is pasted.
    package static func command(_ arguments: [String]) -> String {
        arguments.map(quoted).joined(separator: " ")
    }

    /// The argument as it is where no character of it means anything to a shell, else in single quotes.
    static func quoted(_ argument: String) -> String {
        let isPlain = !argument.isEmpty && argument.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "%+,-./:=@_".unicodeScalars.contains(scalar))
        }
        return isPlain ? argument : "'" + argument.replacing("'", with: "'\\''") + "'"
    }
}
