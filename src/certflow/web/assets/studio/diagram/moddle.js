// Our own words in a BPMN file: <certflow:properties><certflow:property name= value=/></certflow:properties>.
export const certflow = {
  name: "CertFlow",
  uri: "http://certflow.org/bpmn",
  prefix: "certflow",
  xml: { tagAlias: "lowerCase" },
  types: [
    { name: "Properties", superClass: ["Element"], properties: [{ name: "values", type: "Property", isMany: true }] },
    {
      name: "Property",
      superClass: ["Element"],
      properties: [
        { name: "name", isAttr: true, type: "String" },
        { name: "value", isAttr: true, type: "String" },
      ],
    },
  ],
};
