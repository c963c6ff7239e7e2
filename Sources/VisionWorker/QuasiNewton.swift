// Minimizes a smooth convex function by L-BFGS.

/// Limited-memory BFGS with backtracking (Nocedal and Wright, algorithms 3.1 and 7.4).
struct QuasiNewton {
    /// Number of earlier steps that approximate the curvature.
    var memory = 10
    var maxIterations = 1000
    /// The search ends when no component of the gradient is larger.
    var tolerance: Double

    /// The outcome of a search.
    struct Outcome {
        var point: [Double]
        var iterations: Int
        /// Whether the gradient is within the tolerance.
        var hasConverged: Bool
    }

    /// Searches from a point.
    /// - Parameter evaluate: returns the value at a point and writes the gradient, which has as many components.
    func minimum(
        from start: [Double], _ evaluate: (_ point: [Double], _ gradient: inout [Double]) throws -> Double
    ) rethrows -> Outcome {
        var point = start
        var gradient = [Double](repeating: 0, count: start.count)
        var value = try evaluate(point, &gradient)
        var steps: [(change: [Double], turn: [Double], scale: Double)] = []
        for iteration in 0..<maxIterations {
            guard QuasiNewton.largest(gradient) > tolerance else {
                return Outcome(point: point, iterations: iteration, hasConverged: true)
            }
            var direction = descent(gradient, steps)
            var slope = QuasiNewton.product(direction, gradient)
            if slope >= 0 {
                steps = []
                direction = gradient.map { -$0 }
                slope = -QuasiNewton.product(gradient, gradient)
            }
            // The first step has no scale yet.
            var length = steps.isEmpty ? min(1, 1 / QuasiNewton.largest(gradient)) : 1
            var next = point, nextGradient = gradient
            var nextValue = value
            var isFound = false
            for _ in 0..<40 {
                for index in next.indices { next[index] = point[index] + length * direction[index] }
                nextValue = try evaluate(next, &nextGradient)
                if nextValue <= value + 1e-4 * length * slope {
                    isFound = true
                    break
                }
                length /= 2
            }
            // Rounding hides any further decrease.
            guard isFound else { return Outcome(point: point, iterations: iteration, hasConverged: false) }
            let change = zip(next, point).map { $0 - $1 }
            let turn = zip(nextGradient, gradient).map { $0 - $1 }
            let curvature = QuasiNewton.product(change, turn)
            if curvature > 1e-14 * QuasiNewton.product(turn, turn) {
                steps.append((change, turn, 1 / curvature))
                if steps.count > memory { steps.removeFirst() }
            }
            (point, gradient, value) = (next, nextGradient, nextValue)
        }
        return Outcome(
            point: point, iterations: maxIterations, hasConverged: QuasiNewton.largest(gradient) <= tolerance)
    }

    /// The descent direction by the two-loop recursion.
    private func descent(
        _ gradient: [Double], _ steps: [(change: [Double], turn: [Double], scale: Double)]
    ) -> [Double] {
        var direction = gradient.map { -$0 }
        var weights: [Double] = []
        for step in steps.reversed() {
            let weight = step.scale * QuasiNewton.product(step.change, direction)
            weights.append(weight)
            QuasiNewton.add(-weight, step.turn, to: &direction)
        }
        if let last = steps.last {
            let factor = 1 / (last.scale * QuasiNewton.product(last.turn, last.turn))
            for index in direction.indices { direction[index] *= factor }
        }
        for (step, weight) in zip(steps, weights.reversed()) {
            let other = step.scale * QuasiNewton.product(step.turn, direction)
            QuasiNewton.add(weight - other, step.change, to: &direction)
        }
        return direction
    }

    private static func product(_ a: [Double], _ b: [Double]) -> Double {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                var sum = 0.0
                for index in a.indices { sum += a[index] * b[index] }
                return sum
            }
        }
    }

    private static func add(_ factor: Double, _ b: [Double], to a: inout [Double]) {
        a.withUnsafeMutableBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                for index in a.indices { a[index] += factor * b[index] }
            }
        }
    }

    private static func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, abs($1)) } }
}
