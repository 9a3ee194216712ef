// The words of dmn-js in Chinese. English stays as dmn-js has it.
const CHINESE = {
  "Add cell description": "添加单元格说明", "Remove cell description": "移除单元格说明",
  "Add input": "添加条件列", "Add input column left": "在左侧添加条件列", "Add input column right": "在右侧添加条件列",
  "Add output": "添加结果列", "Add output column left": "在左侧添加结果列", "Add output column right": "在右侧添加结果列",
  "Add rule": "添加规则", "Add rule above": "在上方添加规则", "Add rule below": "在下方添加规则",
  "Add predefined values": "添加预设取值", "Add values": "添加取值", "Predefined values": "预设取值", "Clear predefined values": "清除预设取值",
  "Custom values": "其他取值", "Values": "取值", "Value": "取值", "No values": "没有取值", "Set value": "填写取值",
  '"value", "value", ...': '"值", "值", ...', "Strings must be in double quotes": "文字要加英文双引号",
  "Annotation": "说明", "Annotations": "说明",
  "After": "晚于", "Before": "早于", "Between": "介于", "Exactly": "正好", "And": "并且", "When": "条件", "Then": "结果",
  "Boolean value": "是或否", "Yes": "是", "No": "否", "Comparison": "比较", "Comparison operator": "比较方式",
  "Equals": "等于", "Greater": "大于", "Greater or equals": "大于等于", "Less": "小于", "Less or equals": "小于等于",
  "Include": "包含", "Exclude": "不含", "Match none": "都不是", "Match one": "是其中之一", "Range": "区间", "Test type": "比较的种类",
  "Range start operator": "起点是否包含", "Range start value": "起点", "Range end operator": "终点是否包含", "Range end value": "终点",
  "Start value": "起点", "End value": "终点", "Start date": "开始日期", "End date": "截止日期", "Start date and time": "开始时间", "End date and time": "截止时间",
  "Copy rule": "复制规则", "Cut rule": "剪切规则", "Remove rule": "删除规则", "Paste rule above": "粘贴到上方", "Paste rule below": "粘贴到下方", "Move rule": "移动规则",
  "Copy input column": "复制条件列", "Cut input column": "剪切条件列", "Remove input column": "删除条件列", "Paste input column left": "粘贴条件列到左侧", "Paste input column right": "粘贴条件列到右侧",
  "Copy output column": "复制结果列", "Cut output column": "剪切结果列", "Remove output column": "删除结果列", "Paste output column left": "粘贴结果列到左侧", "Paste output column right": "粘贴结果列到右侧",
  "Date": "日期", "Date value": "日期", "Date and time": "日期和时间", "Date and time value": "日期和时间", "Duration value": "时长", "String value": "文字", "Time": "时间", "Time value": "时间",
  "Decision name": "决策名称", "Decision name: ": "决策名称：", "name": "名称",
  "Edit": "编辑", "Edit boolean": "编辑是否", "Edit date": "编辑日期", "Edit date and time": "编辑日期和时间", "Edit duration": "编辑时长", "Edit input": "编辑条件列", "Edit output": "编辑结果列", "Edit number": "编辑数字", "Edit string": "编辑文字",
  "Edit start date": "编辑开始日期", "Edit end date": "编辑截止日期", "Edit start date and time": "编辑开始时间", "Edit end date and time": "编辑截止时间",
  "Set date": "填写日期", "Set date and time": "填写日期和时间", "Set duration": "填写时长", "Use today": "用今天", "Use now": "用现在",
  "Enter expression": "填写变量或表达式", "Expression": "表达式", "Input expression": "条件表达式", "Input expression: ": "条件表达式：",
  "Input": "条件", "Input label": "条件名称", "Input label: ": "条件名称：", "Input type": "条件类型", "Input values": "条件取值",
  "Output": "结果", "Output label": "结果名称", "Output label: ": "结果名称：", "Output name": "结果变量", "Output name: ": "结果变量：", "Output type": "结果类型", "Output values": "结果取值",
  "Hit policy": "命中策略", "Hit policy:": "命中策略：", "Literal expression editor": "表达式", "Resize": "调整列宽", "Type": "类型",
  "Variable name": "变量", "Variable name:": "变量：", "Variable type": "变量类型", "Variable type:": "变量类型：",
  "Unique": "唯一", "First": "首个", "Priority": "优先级", "Any": "任意", "Collect": "收集", "Collect (Sum)": "收集求和", "Collect (Min)": "收集取最小", "Collect (Max)": "收集取最大", "Collect (Count)": "收集计数", "Rule order": "按行收集", "Output order": "按取值收集",
  "No overlap is possible and all rules are disjoint. Only a single rule can be matched": "一种情况只能有一行适用",
  "Rules may overlap. The first matching rule will be chosen": "从上往下取第一个适用的行",
  "Rules may overlap. The one with the highest priority will be chosen": "几行适用时，取结果最重要的那一行",
  "Rules may overlap. Their output have to match": "可以有几行适用，结果必须相同",
  "Collects the values of all matching rules": "收集所有适用的行",
  "Collects the values of all matching rules and sums up to a single value": "所有适用行的结果相加",
  "Collects the values of all matching rules and uses the lowest value": "取所有适用行里最小的结果",
  "Collects the values of all matching rules and uses the highest value": "取所有适用行里最大的结果",
  "Collects the values of all matching rules and counts the number of them": "数一数有几行适用",
  "Collects the values of all matching rules in rule order": "收集所有适用的行，按表里的先后",
  "Collects the values of all matching rules in decreasing output priority order": "收集所有适用的行，按预设取值的先后",
  "string": "文字", "boolean": "是或否", "number": "数字", "date": "日期", "dateTime": "日期和时间", "dayTimeDuration": "天数时长", "yearMonthDuration": "年月时长",
  "e.g. { example } ": "如 { example }", "e.g. { sample }": "如 { sample }",
};

/** The module that dmn-js asks for its words. */
export function translating(locale) {
  const dictionary = locale === "en" ? {} : CHINESE;
  const translate = (template, values = {}) =>
    (dictionary[template] ?? template).replace(/{\s*([^}]+?)\s*}/g, (whole, key) => values[key] ?? whole);
  return { translate: ["value", translate] };
}
