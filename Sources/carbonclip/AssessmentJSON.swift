import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes

/// What `estimate --json` prints: an object for one assessment, a list of them for several; bands where they were drawn.
struct AssessmentJSON {
  private let assessments: [(model: String, shape: any Workload, inference: String, assessment: Assessment)]
  private let study: UncertaintyStudy?
  private let costs: MeasuredCosts?

  /// - Parameter costs: of the device, where one was measured
  init(
    _ assessments: [(String, any Workload, String, Assessment)], study: UncertaintyStudy?, costs: MeasuredCosts? = nil
  ) {
    self.costs = costs
    self.assessments = assessments.map { (model: $0.0, shape: $0.1, inference: $0.2, assessment: $0.3) }
    self.study = study
  }

  var json: JSONValue {
    let bands = study?.bands()
    let objects = assessments.enumerated().map { index, one -> JSONValue in
      var object = JSONObject()
      object["model"] = .string(one.model)
      object["design"] = .string(one.assessment.design)
      object["inference"] = .string(one.inference)
      object["parameters"] = .integer(one.shape.parameterCount)
      var estimate = one.assessment.estimate.json.objectValue ?? JSONObject()
      // One meaning of latency everywhere: until the answer; images that share a fetch of weights wait for the last.
      estimate["run_latency_s"] = estimate["latency_s"]
      estimate["latency_s"] = .number(one.assessment.latency.value)
      if let costs { object["costs"] = .object(costs.json) }
      object["estimate"] = .object(estimate)
      object["carbon"] = .object(one.assessment.carbon.json)
      if index > 0, let first = assessments.first?.assessment.carbon {
        object["break_even_years"] = one.assessment.carbon.breakEven(with: first).map { .number($0) } ?? .null
        object["devices_to_repay"] = one.assessment.carbon.devicesToRepay(against: first).map { .number($0) } ?? .null
      }
      if let band = bands?[index] { object["uncertainty"] = .object(band.json) }
      return .object(object)
    }
    return objects.count == 1 ? objects[0] : .array(objects)
  }
}
