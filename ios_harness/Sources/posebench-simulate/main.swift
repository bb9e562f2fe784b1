import Foundation
import PoseBenchCore
import PoseBenchSimulation

// Usage: posebench-simulate PLAN.json FOLDER
// Writes FOLDER/a12 and FOLDER/a11: results of phones that do not exist, labelled as simulated.

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    FileHandle.standardError.write(Data("usage: posebench-simulate PLAN.json FOLDER\n".utf8))
    exit(2)
}
do {
    let plan = try RunPlan(json: Data(contentsOf: URL(fileURLWithPath: arguments[1])))
    for (name, script) in [("a12", Simulation.a12), ("a11", Simulation.a11)] {
        let folder = URL(fileURLWithPath: arguments[2]).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let results = try Simulation.results(of: script, plan: plan, runID: "simulated-\(name)")
        for result in results {
            try result.json().write(to: folder.appendingPathComponent(result.fileName))
        }
        print("\(folder.path): \(results.count) results of a simulated \(script.machine)")
    }
} catch {
    FileHandle.standardError.write(Data("posebench-simulate: \(error)\n".utf8))
    exit(2)
}
