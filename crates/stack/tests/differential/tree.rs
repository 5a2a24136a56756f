//! Our tree of a query in the form in which Prometheus tells its own
//! (<https://prometheus.io/docs/prometheus/latest/querying/api/#parsing-a-promql-expressions-into-a-abstract-syntax-tree-ast>).

use promql::syntax::{
    At, Binary, BinaryOperator, Expr, GroupModifier, LabelModifier, Offset, Shift, ValueType, VectorSelector,
};
use serde_json::{Map, Value, json};

const NAME: &str = "__name__";

/// Our tree.
pub(crate) fn ours(expression: &Expr) -> Value {
    match expression {
        Expr::NumberLiteral(number) => number_literal(number.value),
        Expr::StringLiteral(text) => json!({ "type": "stringLiteral", "val": text.value }),
        Expr::VectorSelector(selector) => with(json!({ "type": "vectorSelector" }), series(selector)),
        Expr::MatrixSelector(selector) => {
            let range = selector.range.map(|range| range.as_millis() as u64);
            with(json!({ "type": "matrixSelector", "range": range }), series(&selector.vs))
        }
        Expr::Subquery(subquery) => {
            let [range, step] = [subquery.range, subquery.step].map(|it| it.map_or(0, |it| it.as_millis() as u64));
            let tree = json!({ "type": "subquery", "expr": ours(&subquery.expr), "range": range, "step": step });
            with(tree, shift(&subquery.shift))
        }
        Expr::Paren(paren) => json!({ "type": "parenExpr", "expr": ours(&paren.expr) }),
        Expr::Unary(unary) => match (&unary.expr, unary.is_negative) {
            // Prometheus takes a sign into the number behind it.
            (Expr::NumberLiteral(number), true) => number_literal(-number.value),
            (Expr::NumberLiteral(number), false) => number_literal(number.value),
            (expression, is_negative) => {
                let op = if is_negative { "-" } else { "+" };
                json!({ "type": "unaryExpr", "op": op, "expr": ours(expression) })
            }
        },
        Expr::Binary(binary) => operator(binary),
        Expr::Aggregate(aggregate) => json!({
            "type": "aggregation",
            "op": aggregate.op.as_str(),
            "expr": ours(&aggregate.expr),
            "param": aggregate.param.as_ref().map(ours),
            "grouping": aggregate.modifier.as_ref().map_or(&[][..], |modifier| &modifier.keys().labels),
            "without": matches!(aggregate.modifier, Some(LabelModifier::Exclude(_))),
        }),
        Expr::Call(call) => {
            let args: Vec<Value> = call.args.iter().map(ours).collect();
            json!({ "type": "call", "func": call.func.name, "args": args })
        }
    }
}

/// The tree of Prometheus, in the order and the spelling that both can have.
pub(crate) fn theirs(tree: &Value) -> Value {
    let Value::Object(fields) = tree else { return tree.clone() };
    let field = |(key, value): (&String, &Value)| {
        let value = match key.as_str() {
            "expr" | "lhs" | "rhs" | "param" => theirs(value),
            "args" => value.as_array().map_or(Value::Null, |args| args.iter().map(theirs).collect()),
            "func" => value["name"].clone(),
            "matchers" => sorted(value.as_array().cloned().unwrap_or_default()),
            "name" => return None,
            _ => value.clone(),
        };
        Some((key.clone(), value))
    };
    let fields: Map<String, Value> = fields.iter().filter_map(field).collect();
    match (fields.get("type").and_then(Value::as_str), fields.get("val").and_then(Value::as_str)) {
        (Some("numberLiteral"), Some(number)) => number_literal(number.parse().unwrap_or(f64::NAN)),
        _ => Value::Object(fields),
    }
}

/// Whether both are the same. Prometheus tells sums of durations as 0: what they come to it finds out when it evaluates.
pub(crate) fn alike(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let is_computed = |key: &str| ["range", "step", "offset"].contains(&key) && theirs[key] == 0;
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, value)| theirs.get(key).is_some_and(|it| is_computed(key) || alike(value, it)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| alike(ours, theirs))
        }
        _ => ours == theirs,
    }
}

fn number_literal(number: f64) -> Value {
    json!({ "type": "numberLiteral", "val": number.to_string() })
}

fn operator(binary: &Binary) -> Value {
    let sides = [&binary.lhs, &binary.rhs];
    let matching = sides.iter().all(|side| side.value_type() == ValueType::Vector).then(|| matching(binary));
    json!({
        "type": "binaryExpr",
        "op": binary.op.as_str(),
        "lhs": ours(&binary.lhs),
        "rhs": ours(&binary.rhs),
        "matching": matching,
        "bool": binary.modifier.return_bool,
    })
}

fn matching(binary: &Binary) -> Value {
    let is_set = matches!(binary.op, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Unless);
    let modifier = &binary.modifier;
    let card = match &modifier.grouping {
        _ if is_set => "many-to-many",
        None => "one-to-one",
        Some(GroupModifier::Left(_)) => "many-to-one",
        Some(GroupModifier::Right(_)) => "one-to-many",
    };
    json!({
        "card": card,
        "labels": modifier.matching.as_ref().map_or(&[][..], |matching| &matching.keys().labels),
        "on": matches!(modifier.matching, Some(LabelModifier::Include(_))),
        "include": modifier.grouping.as_ref().map_or(&[][..], |grouping| &grouping.taken().labels),
    })
}

fn series(selector: &VectorSelector) -> Value {
    let matcher = |name: &str, kind, value: &str| json!({ "name": name, "type": kind, "value": value });
    let named = selector.name.iter().map(|name| matcher(NAME, "=", name));
    let others = selector.matchers.iter().map(|it| matcher(&it.name, it.op.as_str(), &it.value));
    with(json!({ "matchers": sorted(named.chain(others).collect()) }), shift(&selector.shift))
}

fn shift(shift: &Shift) -> Value {
    let offset = match shift.offset {
        Offset::Fixed(offset) => json!(offset),
        Offset::Computed => Value::Null,
    };
    let (timestamp, start_or_end) = match shift.at {
        None => (Value::Null, Value::Null),
        Some(At::Timestamp(seconds)) => (json!((seconds * 1000.0).round() as i64), Value::Null),
        Some(At::Start) => (Value::Null, json!("start")),
        Some(At::End) => (Value::Null, json!("end")),
    };
    json!({ "offset": offset, "timestamp": timestamp, "startOrEnd": start_or_end })
}

fn sorted(mut matchers: Vec<Value>) -> Value {
    matchers.sort_by_key(ToString::to_string);
    Value::Array(matchers)
}

/// Both objects as one.
fn with(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => Value::Object(one.into_iter().chain(other).collect()),
        (one, _) => one,
    }
}
