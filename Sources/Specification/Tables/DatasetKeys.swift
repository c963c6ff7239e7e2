// The keys of datasets, their labels, and generated pictures.

import Basics

extension DatasetSpec: SpecEntity {
    private static let sources = ["archive", "folder", "table", "coco", "voc", "generate"]

    static let table = KeyTable(
        "dataset", called: "the dataset",
        "The images and their labels: an archive, a folder, a table or generated pictures.",
        blank: DatasetSpec(source: .folder(FileReference(EnvironmentText("")))),
        rules: [
            .atMostOne(sources), .atLeastOne(sources + ["frames"]), .needs("columns", oneOf: ["table"]),
            .needs("root", oneOf: ["table", "coco", "voc"]),
        ],
        example: """
            dataset:
              archive: ${ASSAY_DATA}/dogs.tar
              layout: folder-per-label
              label: { after: "-", replace: { "_": " " }, case: title }
            """,
        keys: [
            .setting("archive", .file("path or URL"), "A tar, tar.gz or zip, here or at a URL.") {
                $0.source = .archive($1)
            },
            .setting("folder", .file(), "A folder.") { $0.source = .folder($1) },
            .setting(
                "table", .file(),
                "A table of paths, labels and optionally parts (`train`, `validation`, `test`): comma, semicolon, tab or "
                    + "bar separated text, JSON Lines, or Parquet."
            ) { $0.source = .table($1) },
            .setting(
                "coco", .file(),
                "COCO's annotations, one JSON file, for `detect`, `tag`, `count` and `caption`. Boxes are `[x, y, width, height]` "
                    + "in pixels."
            ) { $0.source = .coco($1) },
            .setting(
                "voc", .file(),
                "A folder of Pascal VOC's annotations, an XML file for each image, for `detect`, `tag` and `count`. The images are "
                    + "in `root:`."
            ) { $0.source = .voc($1) },
            .optional("columns", \.columns, .columns, "Which columns of the table hold what. Usual names are found without it."),
            .optional(
                "root", \.root, .file(), "The folder that the table's paths start from. Without it, the table's own folder."),
            .setting("frames", ValueType<FramesSpec>.entity, "Takes frames of video clips as images.") {
                $0.frames = $1
                // Without another source, the clips of a folder are the dataset.
                if case .folder(let folder) = $0.source, folder.text.template.isEmpty, let from = $1.from {
                    $0.source = .folder(from)
                }
            },
            .setting("generate", ValueType<GenerateSpec>.entity, "Pictures that are drawn here.") {
                $0.source = .generate($1)
            },
            .optional("sha256", \.sha256, .sha256, "Pins the archive."),
            .key(
                "layout", \.layout, .word("a layout"),
                "How folders determine labels. `folder-per-label`: one folder per label; folders below it are an error. "
                    + "`top-folder`: the first folder, whatever is below it. `nearest-folder`: the folder that holds the "
                    + "image. `folder-path`: all folders, as `cat/2023`. `split-…`: the same below one folder for each of "
                    + "`train`, `val` (or `validation`) and `test`; `split-folders` corresponds to `folder-per-label`."),
            .key("label", \.label, .entity, "How a folder's name, or a cell of a table, becomes a label."),
            .optional("labels", \.labels, .entity, "Which labels take part. Without it, all."),
            .optional(
                "expect", \.expect, .entity,
                "What the dataset will hold, so that a plan can be forecast before it is there."),
            .key(
                "skip_unreadable", \.skipUnreadable, .flag,
                "Go on without images that do not decode. They are named either way."),
            .optional(
                "convert", \.convert, .entity, "Store images again that a provider would not take, for all models."),
        ])
}

extension TableColumns: SpecEntity {
    static let table = KeyTable(
        "columns", called: "the columns of a table",
        "Names of a table's columns. Without a name, these are looked for in upper or lower case: `path`, `file_name`, "
            + "`filename`, `file`, `image`, `image_path`, `img`; `label`, `class`, `category`, `target`; `split`, `part`, "
            + "`subset`. A task has columns of its own ([tasks](tasks.md)), which are named here too.",
        blank: TableColumns(),
        example: """
            dataset:
              table: annotations.csv
              columns: { path: file_name, label: breed }
            """,
        keys: [
            .optional("path", \.path, .text, "The column with the image's path.", examples: ["file_name"]),
            .optional("label", \.label, .text, "The column with the label.", examples: ["breed"]),
            .optional("split", \.split, .text, "The column with the part.", examples: ["subset"]),
            .optional(
                "id", \.id, .text, "Of tasks other than `classify`: the column with the item's id.", examples: ["questionId"]),
            .optional(
                "group", \.group, .text,
                "The column with the group. Items of one group, such as the questions about a document or the clips of one "
                    + "video, stay in one part of a split. Without it, the path.", examples: ["document"]),
        ])
}

extension FramesSpec: SpecEntity {
    static let table = KeyTable(
        "frames", called: "the frames of clips",
        "Makes each video clip one item, whose images are frames in order: those at the centres of `count` equal parts of "
            + "the clip. ffmpeg extracts them. The clips are in folders that name their labels, as `layout` says, or listed in a "
            + "table.",
        blank: FramesSpec(count: 1),
        example: """
            dataset:
              table: clips.csv
              frames: { from: clips, count: 3 }
            """,
        keys: [
            .optional(
                "from", \.from, .file(),
                "The folder of the clips. With a table, the folder that its paths start from; without it, the table's own."),
            .required("count", \.count, .integer(1...100), "Frames of each clip.", examples: [3]),
            .optional(
                "group_before", \.groupBefore, .text,
                "Clips whose file names are equal up to the last occurrence of this text come from one source and stay in one "
                    + "part of a split. Without it, every clip is its own group, unless a table has a column `group`.",
                examples: ["_c"]),
        ])
}

extension LabelSelection: SpecEntity {
    static let table = KeyTable(
        "labels", called: "the selection of labels",
        "Labels that take part, by the names that the label rule gives them. Images of other labels are excluded and "
            + "counted as skipped.",
        blank: LabelSelection(), rules: [.atMostOne(["only", "except"])],
        example: """
            dataset:
              folder: photos
              labels: { except: [unknown], min_images: 10 }
            """,
        keys: [
            .optional("only", \.only, .list(of: .text, atLeast: 2), "Only these labels.", examples: [["cat", "dog"]]),
            .optional("except", \.except, .list(of: .text, atLeast: 1), "All labels but these.", examples: [["unknown"]]),
            .optional(
                "min_images", \.minImages, .count(upTo: 10_000_000), "Excludes labels with fewer images than this.",
                examples: [10]),
        ])
}

extension ConvertSpec: SpecEntity {
    static let table = KeyTable(
        "convert", called: "a conversion",
        "Images that an orientation tag rotates, that are not RGB or RGBA, are not JPEG, PNG or WEBP, have more than 10 MB or "
            + "are too large are stored again as upright RGB JPEG before any model sees them; the others stay as they are. "
            + "`convert: {}` leaves sizes alone.",
        blank: ConvertSpec(),
        keys: [.optional("max_side", \.maxSide, .count(upTo: 100_000), "The most pixels of the longer side.", examples: [1024])])
}

extension LabelSpec: SpecEntity {
    static let table = KeyTable(
        "label", called: "the label rule",
        "How a folder's name becomes a label: cut, then replace, then case.",
        blank: LabelSpec(),
        keys: [
            .optional(
                "after", \.after, .text, "Keeps what follows the first occurrence of this text.", examples: ["-"]),
            .key("replace", \.replace, .replacements, "Texts and what they become, one after the other."),
            .optional(
                "case", \.letterCase, .word("a case"), "How letters are written. `title` is Python's `str.title()`."),
        ])
}

extension ValueType where Value == [LabelSpec.Replacement] {
    fileprivate static let replacements = ValueType<NamedMap<String>>.table(.text)
        .map {
            $0.map { LabelSpec.Replacement(old: $0.name, new: $0.value) }
        } back: {
            NamedMap($0.map { ($0.old, $0.new) })
        }
}

extension ExpectSpec: SpecEntity {
    static let table = KeyTable(
        "expect", called: "what is expected",
        "What a dataset that is not there yet will hold. Only forecasts use it.",
        blank: ExpectSpec(),
        keys: [
            .optional("labels", \.labels, .expectedLabels, "Its labels, in a file with one a line, or as a list."),
            .optional("per_label", \.perLabel, .count(upTo: 10_000_000), "Images of each label."),
        ])
}

extension ValueType where Value == ExpectSpec.Labels {
    fileprivate static let expectedLabels: ValueType = {
        let list = ValueType<[String]>.list(of: .text, atLeast: 1)
        let file = ValueType<FileReference>.file()
        return ValueType(
            expected: "a path or a list of labels", word: "path, or list of text",
            schema: ["anyOf": [file.schema, list.schema]],
            read: { node, reading in
                node.items == nil
                    ? file.read(node, reading).map { .file($0) } : list.read(node, reading).map { .list($0) }
            },
            write: { labels in
                switch labels {
                case .file(let reference): file.write(reference)
                case .list(let names): list.write(names)
                }
            })
    }()
}

extension GenerateSpec: SpecEntity {
    static let table = KeyTable(
        "generate", called: "generated pictures",
        "Pictures that are drawn here, for trying a spec without data. Every key decides their bytes.",
        blank: GenerateSpec(pictures: .shapes, labels: 2, perLabel: 1),
        example: """
            dataset:
              generate: { pictures: shapes, labels: 12, per_label: 50, seed: 7 }
            """,
        keys: [
            .required("pictures", \.pictures, .word("a generator"), "Which generator draws."),
            .required("labels", \.labels, .integer(2...12), "How many labels."),
            .required("per_label", \.perLabel, .integer(1...10_000), "Pictures of each label."),
            .key("seed", \.seed, .seed, "Decides every picture."),
            .key("size", \.size, .integer(16...512), "Width and height in pixels."),
            .key(
                "noise", \.noise, .number(.fraction), "Standard deviation of the noise, as a part of the full range."),
            .key(
                "rotation", \.rotation, .number(NumberRange(minimum: 0, maximum: 180)),
                "The most degrees of a turn, either way."),
            .key(
                "color_shift", \.colorShift, .number(.fraction),
                "The most that a channel is shifted either way, as a part of the full range."),
        ])
}
