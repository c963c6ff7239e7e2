// Reads a table's file; Parquet is converted by pyarrow in a child process.

package import Basics
package import Foundation
package import Planning
import Platform

/// The content of a file, or a folder of files, that lists images.
package enum TableContent: Sendable {
    /// Separated text or JSON Lines.
    case text(Data)
    /// COCO's annotations.
    case coco(Data)
    /// Pascal VOC's annotations, each with its path.
    case voc([(path: String, data: Data)])

    /// The rows.
    /// - Parameter names: the columns that the caller looks for; they decide where a separator is ambiguous.
    package func records(names: [String]) throws(DatasetError) -> RecordTable {
        switch self {
        case .text(let data): try RecordTable(parsing: data, names: names)
        case .coco(let data): try RecordTable(coco: data)
        case .voc(let files): try RecordTable(voc: files)
        }
    }
}

/// Reads CSV, JSON Lines and Parquet tables, and refuses files of secrets.
package enum TableFile {
    /// The environment variable for the Python interpreter that reads Parquet; `python3` by default.
    package static let pythonVariable = "ASSAY_PYTHON"

    /// Whether a file is Parquet, by its first bytes, or by its name if it cannot be read.
    package static func isParquet(_ path: String) -> Bool {
        (try? firstBytes(of: path, 4)).map { $0 == Data("PAR1".utf8) } ?? path.lowercased().hasSuffix(".parquet")
    }

    /// The bytes of a table; a Parquet file is converted to JSON Lines.
    /// - Parameter environment: the environment of this process; a spec's `.env` file must not choose the program to
    ///   run.
    /// - Throws: `FileError`; `SecretFileError`; `ParquetError` with a command that converts the file.
    package static func read(
        _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> Data {
        if SecretFile.isReached(by: path) { throw SecretFileError(path: path) }
        guard isParquet(path) else { return try LocalFileSystem().read(path) }
        let python = environment[pythonVariable].flatMap { $0.isEmpty ? nil : $0 } ?? "python3"
        let result: ChildResult
        do {
            result = try await ChildProcess.run(
                ChildCommand(python, ["-c", script, path]), outputLimit: 1 << 30)
        } catch ChildProcessError.programNotFound {
            throw ParquetError(path: path, reason: "'\(python)' was not found", isMissing: true)
        }
        guard result.status.isSuccess else {
            let last = result.errorTail.split(separator: "\n").last.map(String.init) ?? ""
            throw ParquetError(
                path: path, reason: last,
                isMissing: last.contains("No module named") || last.contains("ModuleNotFoundError"))
        }
        return result.output
    }

    /// The content of a file or folder in a given format; see ``read(_:environment:)``.
    package static func content(_ path: String, _ form: TableForm) async throws -> TableContent {
        switch form {
        case .text: return .text(try await read(path))
        case .coco:
            if SecretFile.isReached(by: path) { throw SecretFileError(path: path) }
            return .coco(try LocalFileSystem().read(path))
        case .voc:
            var room = FileSizeLimit.memory
            return .voc(
                try files(below: path).filter { $0.path.lowercased().hasSuffix(".xml") }
                    .map { file in
                        let data = try LocalFileSystem().read(file.path, limit: min(room, FileSizeLimit.text))
                        room -= Int64(data.count)
                        return (file.path, data)
                    })
        }
    }

    /// Writes each row as a JSON object. The numbers of a `ClassLabel` of Hugging Face become its names. Columns of
    /// binary data and structures are skipped, because a table of image files needs only text and numbers; without other
    /// columns they are named in the error.
    private static let script = """
        import sys
        sys.path = [folder for folder in sys.path if folder]  # never a module of the working folder
        import json, math
        import pyarrow as pa, pyarrow.parquet as pq
        file = pq.ParquetFile(sys.argv[1])
        schema = file.schema_arrow
        names = [f.name for f in schema if not (pa.types.is_nested(f.type) or pa.types.is_binary(f.type)
                 or pa.types.is_large_binary(f.type) or pa.types.is_fixed_size_binary(f.type))]
        if not names:
            sys.exit("its columns hold images or structures, not paths: " + ", ".join(schema.names))
        described = json.loads((schema.metadata or {}).get(b"huggingface", b"{}")).get("info", {}).get("features", {})
        classes = {k: f["names"] for k, f in described.items()
                   if isinstance(f, dict) and f.get("_type") == "ClassLabel" and f.get("names")}
        def plain(k, v):
            if k in classes and isinstance(v, int):
                return classes[k][v] if 0 <= v < len(classes[k]) else None
            if isinstance(v, float) and not math.isfinite(v):
                return None  # JSON has no NaN
            return v if isinstance(v, (str, int, float, bool, type(None))) else str(v)
        # Piece by piece: a small file can hold a billion rows, and the reader ends this program when it has enough.
        for rows in file.iter_batches(batch_size=4096, columns=names):
            for row in rows.to_pylist():
                print(json.dumps({k: plain(k, v) for k, v in row.items()}))
        """
}

/// A table whose path is, or links to, a file of secrets.
package struct SecretFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path as the spec gives it.
    package var path: String

    /// The message with the reason for the refusal.
    package var description: String { "'\(path)' was not read: \(SecretFile.refusal)" }
}

/// The reason why a Parquet file was not read.
package struct ParquetError: AdvisedError, Sendable, CustomStringConvertible {
    /// The path of the file.
    package var path: String
    /// The last line of Python's error, or the missing program.
    package var reason: String
    /// Whether Python or pyarrow is missing; otherwise the file is at fault.
    package var isMissing: Bool

    /// The message with the path and the reason.
    package var description: String {
        isMissing
            ? "'\(path)' is a Parquet file, which requires pyarrow, but \(reason)"
            : "the Parquet file '\(path)' cannot be read: \(reason)"
    }

    /// Advice on installing pyarrow, converting the file, or the columns that a table needs.
    package var hint: String? {
        // A command that is copied to a shell: other names would be parts of the command.
        let isPlain = path.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._/-".utf8.contains(byte)
            }
        }
        let path = isPlain ? path : "FILE.parquet"
        let csv = path.hasSuffix(".parquet") ? path.dropLast(8) + ".csv" : path + ".csv"
        return isMissing
            ? "install it ('pip install pyarrow', or \(TableFile.pythonVariable)=/path/to/python that has it), or convert the file: "
                + "python3 -c \"import pandas; pandas.read_parquet('\(path)').to_csv('\(csv)', index=False)\""
            : "a table of images needs a column with paths and one with labels"
    }
}
