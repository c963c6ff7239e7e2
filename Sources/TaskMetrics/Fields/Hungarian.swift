// The Hungarian method: the assignment of rows to columns with maximum total weight.

/// The assignment problem.
package enum Hungarian {
    /// The column of each row (`nil` for unassigned rows) that maximizes the sum of weights. O(n²·m) for n rows and m
    /// columns, n at most m (Kuhn 1955, with potentials); transposes if needed.
    package static func assign(_ weights: [[Double]]) -> [Int?] {
        let rows = weights.count, columns = weights.first?.count ?? 0
        guard rows > 0, columns > 0 else { return [Int?](repeating: nil, count: rows) }
        guard rows <= columns else {
            let turned = (0..<columns).map { column in weights.map { $0[column] } }
            var assigned = [Int?](repeating: nil, count: rows)
            for (column, row) in assign(turned).enumerated() { if let row { assigned[row] = column } }
            return assigned
        }
        var rowPotential = [Double](repeating: 0, count: rows + 1)
        var columnPotential = [Double](repeating: 0, count: columns + 1)
        var rowOfColumn = [Int](repeating: 0, count: columns + 1)
        var before = [Int](repeating: 0, count: columns + 1)
        for row in 1...rows {
            rowOfColumn[0] = row
            var column = 0
            var least = [Double](repeating: .infinity, count: columns + 1)
            var used = [Bool](repeating: false, count: columns + 1)
            repeat {
                used[column] = true
                let at = rowOfColumn[column]
                var delta = Double.infinity, next = 0
                for other in 1...columns where !used[other] {
                    let cost = -weights[at - 1][other - 1] - rowPotential[at] - columnPotential[other]
                    if cost < least[other] {
                        least[other] = cost
                        before[other] = column
                    }
                    if least[other] < delta {
                        delta = least[other]
                        next = other
                    }
                }
                for other in 0...columns {
                    if used[other] {
                        rowPotential[rowOfColumn[other]] += delta
                        columnPotential[other] -= delta
                    } else {
                        least[other] -= delta
                    }
                }
                column = next
            } while rowOfColumn[column] != 0
            repeat {
                let previous = before[column]
                rowOfColumn[column] = rowOfColumn[previous]
                column = previous
            } while column != 0
        }
        var assigned = [Int?](repeating: nil, count: rows)
        for column in 1...columns where rowOfColumn[column] > 0 { assigned[rowOfColumn[column] - 1] = column - 1 }
        return assigned
    }
}
