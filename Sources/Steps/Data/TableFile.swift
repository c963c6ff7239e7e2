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
        if SecretFile.isTarget(of: path) { throw SecretFileError(path: path) }
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
            if SecretFile.isTarget(of: path) { throw SecretFileError(path: path) }
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

    /// Writes each row as a JSON object, with lists and structures as they are. The numbers of a `ClassLabel` of Hugging
    /// Face become its names. Of images within the file, `{"path": …, "bytes": …}`, only the path is read; `bytes` is
    /// true where the image itself may be stored, and null where it certainly is not.
    private static let script = """
        import sys
        sys.path = [folder for folder in sys.path if folder]  # never a module of the working folder
        import json, math
        import pyarrow as pa, pyarrow.parquet as pq
        file = pq.ParquetFile(sys.argv[1])
        schema, groups = file.schema_arrow, [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        def binary(t):
            return pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_fixed_size_binary(t)
        def hides(t):
            \"\"\"Whether a type contains binary data somewhere inside.\"\"\"
            return binary(t) or any(hides(t.field(i).type) for i in range(t.num_fields))
        def chunks(name):
            return [group.column(i) for group in groups for i in range(group.num_columns)
                    if group.column(i).path_in_schema == name]
        def absent(name):
            \"\"\"Whether a column certainly has no values.\"\"\"
            return all(c.statistics and c.statistics.has_null_count and c.statistics.null_count == c.num_values
                       for c in chunks(name))
        columns, images, stored, other = [], {}, [], []
        for field in schema:
            name, t = field.name, field.type
            if binary(t):
                # Some writers store texts as binary data; images are longer.
                size = sum(c.total_uncompressed_size for c in chunks(name))
                (columns if size <= 1024 * max(1, file.metadata.num_rows) else stored).append(name)
            elif pa.types.is_struct(t) and {"bytes", "path"} <= {t.field(i).name for i in range(t.num_fields)}:
                unset = pa.types.is_null(t.field("bytes").type) or absent(name + ".bytes")
                images[name] = None if unset else True
                columns.append(name + ".path")
            elif hides(t):
                other.append(name)
            else:
                columns.append(name)
        if not columns and not stored:
            sys.exit("its columns hold binary data within structures, not paths: " + ", ".join(schema.names))
        described = json.loads((schema.metadata or {}).get(b"huggingface", b"{}")).get("info", {}).get("features", {})
        def plain(v, feature=None):
            kind = feature.get("_type") if isinstance(feature, dict) else None
            if isinstance(v, list):
                inner = feature[0] if isinstance(feature, list) and feature else feature.get("feature") if kind else None
                return [plain(x, inner) for x in v]
            if isinstance(v, dict):
                return {str(k): plain(x, feature.get(k) if isinstance(feature, dict) else None) for k, x in v.items()}
            if kind == "ClassLabel" and feature.get("names") and isinstance(v, int):
                return feature["names"][v] if 0 <= v < len(feature["names"]) else None
            if isinstance(v, float) and not math.isfinite(v):
                return None  # JSON has no NaN
            if isinstance(v, bytes):
                try:
                    return v.decode()
                except UnicodeDecodeError:
                    return {"bytes": True}
            return v if isinstance(v, (str, int, float, bool, type(None))) else str(v)
        def line(row):
            found = {}
            for k, v in row.items():
                if k in images:
                    found[k] = {"path": (v or {}).get("path"), "bytes": images[k]}
                else:
                    found[k] = plain(v, described.get(k))
            for k in stored:
                found[k] = {"bytes": True}
            return json.dumps(found)
        # Piece by piece: a small file can hold a billion rows, and the reader ends this program when it has enough.
        if columns:
            for rows in file.iter_batches(batch_size=4096, columns=columns):
                for row in rows.to_pylist():
                    print(line(row))
        else:
            for _ in range(file.metadata.num_rows):
                print(line({}))
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
