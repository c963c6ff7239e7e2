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
            .setting("archive", .file("path or URL"), "A tar, tar.gz or zip file, as a path or a URL.") {
                $0.source = .archive($1)
            },
            .setting("folder", .file(), "A folder.") { $0.source = .folder($1) },
            .setting(
                "table", .file(),
                "A table of paths, labels and, optionally, parts (`train`, `validation`, `test`): text separated by commas, "
                    + "semicolons, tabs or vertical bars; JSON Lines; or Parquet."
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
            .optional("columns", \.columns, .columns, "The table's columns and their roles. Common column names are recognized."),
            .optional(
                "root", \.root, .file(),
                "The base folder for the paths in the table or annotations. Default: their own folder."),
            .setting("frames", ValueType<FramesSpec>.entity, "Uses frames of video clips as images.") {
                $0.frames = $1
                // Without another source, the clips of a folder are the dataset.
                if case .folder(let folder) = $0.source, folder.text.template.isEmpty, let from = $1.from {
                    $0.source = .folder(from)
                }
            },
            .setting("generate", ValueType<GenerateSpec>.entity, "Generated pictures.") {
                $0.source = .generate($1)
            },
            .optional("sha256", \.sha256, .sha256, "The expected SHA-256 digest of the archive."),
            .key(
                "layout", \.layout, .word("a layout"),
                "The folder that names the label. `folder-per-label`: one folder per label; folders below it are an error. "
                    + "`top-folder`: the first folder, at any depth. `nearest-folder`: the folder that contains the "
                    + "image. `folder-path`: all folders, as `cat/2023`. `split-…`: the same below one folder for each of "
                    + "`train`, `val` (or `validation`) and `test`; `split-folders` corresponds to `folder-per-label`."),
            .key("label", \.label, .entity, "The rule that turns a folder's name or a table's cell into a label."),
            .optional("labels", \.labels, .entity, "The labels to use. Default: all."),
            .optional(
                "expect", \.expect, .entity,
                "The expected content of the dataset, for forecasts before it has been downloaded."),
            .key(
                "skip_unreadable", \.skipUnreadable, .flag,
                "Continue without images that cannot be decoded. They are listed either way."),
            .optional(
                "convert", \.convert, .entity, "Convert images that a provider would not accept, for all models."),
        ])
}

extension TableColumns: SpecEntity {
    static let table = KeyTable(
        "columns", called: "the columns of a table",
        "Names of a table's columns. By default, common names are recognized ([data](data.md#tables) lists them). The "
            + "additional columns of a [task](tasks.md) can be named here too.",
        blank: TableColumns(),
        example: """
            dataset:
              table: annotations.csv
              columns: { path: file_name, label: breed }
            """,
        keys: [
            .optional("path", \.path, .text, "The column of the image's path.", examples: ["file_name"]),
            .optional("label", \.label, .text, "The column of the label.", examples: ["breed"]),
            .optional("split", \.split, .text, "The column of the part.", examples: ["subset"]),
            .optional(
                "id", \.id, .text, "The column of the item's id, for tasks other than `classify`.", examples: ["questionId"]),
            .optional(
                "group", \.group, .text,
                "The column of the group. Items of one group, such as the questions about a document or the clips of a video, "
                    + "stay in the same part of a split. Default: the path.", examples: ["document"]),
        ])
}

extension FramesSpec: SpecEntity {
    static let table = KeyTable(
        "frames", called: "the frames of clips",
        "Makes each video clip one item, whose images are frames in order: those at the centres of `count` equal parts of "
            + "the clip. ffmpeg extracts them. The clips are in folders, with labels determined by `layout`, or listed in a "
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
                "The folder of the clips. With a table, its paths are relative to this folder; the default is the table's own folder."
            ),
            .required("count", \.count, .integer(1...100), "The number of frames per clip.", examples: [3]),
            .optional(
                "group_before", \.groupBefore, .text,
                "Clips whose file names are equal up to the last occurrence of this text have the same source and stay in one "
                    + "part of a split. Without it, every clip is its own group, unless a table has a column `group`.",
                examples: ["_c"]),
        ])
}

extension LabelSelection: SpecEntity {
    static let table = KeyTable(
        "labels", called: "the selection of labels",
        "The labels to use, by the names that the label rule produces. Images with other labels are excluded and "
            + "counted as skipped.",
        blank: LabelSelection(), rules: [.atMostOne(["only", "except"])],
        example: """
            dataset:
              folder: photos
              labels: { except: [unknown], min_images: 10 }
            """,
        keys: [
            .optional("only", \.only, .list(of: .text, atLeast: 2), "Use only these labels.", examples: [["cat", "dog"]]),
            .optional("except", \.except, .list(of: .text, atLeast: 1), "Use all labels except these.", examples: [["unknown"]]),
            .optional(
                "min_images", \.minImages, .count(upTo: 10_000_000), "Excludes labels with fewer images than this.",
                examples: [10]),
        ])
}

extension ConvertSpec: SpecEntity {
    static let table = KeyTable(
        "convert", called: "a conversion",
        "Images that an orientation tag rotates, that are not RGB or RGBA, are not JPEG, PNG or WEBP, have more than 10 MB or "
            + "are too large are converted to upright RGB JPEG before any model uses them; other images are unchanged. "
            + "`convert: {}` does not change sizes.",
        blank: ConvertSpec(),
        keys: [
            .optional(
                "max_side", \.maxSide, .count(upTo: 100_000), "Maximum length of the longer side, in pixels.", examples: [1024])
        ])
}

extension LabelSpec: SpecEntity {
    static let table = KeyTable(
        "label", called: "the label rule",
        "Turns a folder's name into a label: cut, then replace, then change case.",
        blank: LabelSpec(),
        keys: [
            .optional(
                "after", \.after, .text, "Keeps the text after the first occurrence of this text.", examples: ["-"]),
            .key("replace", \.replace, .replacements, "Texts and their replacements, applied in order."),
            .optional(
                "case", \.letterCase, .word("a case"), "Letter case. `title` is Python's `str.title()`."),
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
        "expect", called: "the expected content",
        "The content of a dataset that has not been downloaded yet. Used only for forecasts.",
        blank: ExpectSpec(),
        keys: [
            .optional("labels", \.labels, .expectedLabels, "The labels, as a list or as a file with one label per line."),
            .optional("per_label", \.perLabel, .count(upTo: 10_000_000), "Number of images per label."),
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
        "Generated pictures, for trying a spec without data. Every key affects their bytes.",
        blank: GenerateSpec(pictures: .shapes, labels: 2, perLabel: 1),
        example: """
            dataset:
              generate: { pictures: shapes, labels: 12, per_label: 50, seed: 7 }
            """,
        keys: [
            .required("pictures", \.pictures, .word("a generator"), "The generator."),
            .required("labels", \.labels, .integer(2...12), "Number of labels."),
            .required("per_label", \.perLabel, .integer(1...10_000), "Number of pictures per label."),
            .key("seed", \.seed, .seed, "Seed of the generator."),
            .key("size", \.size, .integer(16...512), "Width and height in pixels."),
            .key(
                "noise", \.noise, .number(.fraction), "Standard deviation of the noise, as a fraction of the full range."),
            .key(
                "rotation", \.rotation, .number(NumberRange(minimum: 0, maximum: 180)),
                "Maximum rotation in either direction, in degrees."),
            .key(
                "color_shift", \.colorShift, .number(.fraction),
                "Maximum shift of a colour channel in either direction, as a fraction of the full range."),
        ])
}
