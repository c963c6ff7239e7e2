// A rendered chart with its alternative text and legend.

struct Chart: Sendable {
    struct Key: Sendable {
        /// The marker as a small SVG.
        var mark: String
        var text: String
    }

    /// The element id, unique on the page.
    var id: String
    var title: String
    /// The alternative text: one or two sentences on what the chart shows.
    var description: String
    var caption = ""
    var legend: [Key] = []
    /// The complete `<svg>` element.
    var svg: String
    /// Whether the chart keeps its size and scrolls instead of shrinking with the page.
    var scrolls = false

    /// Wraps the drawing in an `<svg>` element with its title and description.
    init(
        id: String, title: String, description: String, caption: String = "", legend: [Key] = [], width: Double,
        height: Double, scrolls: Bool = false, style: String = "", drawing: SVG
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.caption = caption
        self.legend = legend
        self.scrolls = scrolls
        let (w, h) = (SVG.number(width), SVG.number(height))
        svg =
            "<svg viewBox=\"0 0 \(w) \(h)\" width=\"\(w)\" height=\"\(h)\" role=\"img\" class=\"\(style)\" "
            + "aria-labelledby=\"\(id)-t\" aria-describedby=\"\(id)-d\">"
            + "<title id=\"\(id)-t\">\(Markup.html(title))</title><desc id=\"\(id)-d\">\(Markup.html(description))</desc>"
            + drawing.text + "</svg>"
    }

    /// A legend entry for a model.
    static func key(_ text: String, series: Int) -> Key {
        var drawing = SVG()
        drawing.marker(7, 7, series: series, size: 4.5)
        return Key(mark: swatch(drawing), text: text)
    }

    /// A legend entry for a line or an area.
    static func key(_ text: String, draw: (inout SVG) -> Void) -> Key {
        var drawing = SVG()
        draw(&drawing)
        return Key(mark: swatch(drawing), text: text)
    }

    private static func swatch(_ drawing: SVG) -> String {
        "<svg viewBox=\"0 0 14 14\" width=\"14\" height=\"14\" aria-hidden=\"true\">\(drawing.text)</svg>"
    }
}

/// The drawing area of a chart with its axes.
struct Plot {
    var svg = SVG()
    let width: Double
    let height: Double
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    init(
        width: Double = 440, height: Double, left: Double = 46, right: Double = 14, top: Double = 12,
        bottom: Double = 40
    ) {
        self.width = width
        self.height = height
        self.left = left
        self.right = right
        self.top = top
        self.bottom = bottom
    }

    var plotRight: Double { width - right }
    var plotBottom: Double { height - bottom }

    func x(_ domain: ClosedRange<Double>) -> Scale { Scale(linear: domain, to: (left, plotRight)) }
    func y(_ domain: ClosedRange<Double>) -> Scale { Scale(linear: domain, to: (plotBottom, top)) }

    /// Draws the x axis: grid lines at round values, their labels and the title.
    mutating func xAxis(_ scale: Scale, title: String, ticks count: Int = 5, label: ((Double) -> String)? = nil) {
        let ticks = scale.ticks(count)
        for tick in ticks {
            svg.line(scale(tick), top, scale(tick), plotBottom, "grid")
            svg.label(
                scale(tick), plotBottom + 15, label?(tick) ?? Scale.label(tick, among: ticks), "tick", anchor: .middle)
        }
        svg.line(left, plotBottom, plotRight, plotBottom, "axis")
        svg.label((left + plotRight) / 2, plotBottom + 32, title, "axis-title", anchor: .middle)
    }

    /// Draws the y axis, as `xAxis` does.
    mutating func yAxis(_ scale: Scale, title: String, ticks count: Int = 4, label: ((Double) -> String)? = nil) {
        let ticks = scale.ticks(count)
        for tick in ticks {
            svg.line(left, scale(tick), plotRight, scale(tick), "grid")
            svg.label(
                left - 6, scale(tick) + 3.5, label?(tick) ?? Scale.label(tick, among: ticks), "tick", anchor: .end)
        }
        svg.label(11, (top + plotBottom) / 2, title, "axis-title", anchor: .middle, turned: -90)
    }
}

extension Analysis.Evaluation {
    /// The metric's name, with the evaluation's name if it adds information: `Accuracy`.
    func title(for metric: String) -> String {
        name.lowercased() == metric.lowercased() ? metric : "\(metric) (\(name))"
    }
}

extension String {
    /// Truncates to a length with an ellipsis.
    func cut(to length: Int) -> String { count <= length ? self : prefix(max(1, length - 1)) + "…" }
}
