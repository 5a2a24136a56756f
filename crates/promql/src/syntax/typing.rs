//! What may stand where: the types that Prometheus checks after parsing.

use super::{
    Aggregate, Aggregator, Binary, Call, GroupModifier, LabelModifier, Span, Unary, Unreadable, ValueType,
    grammar::wrong,
};

/// Refuses a call whose arguments are too few, too many or of the wrong type.
pub(super) fn call(call: &Call) -> Result<(), Unreadable> {
    let (func, given) = (call.func, call.args.len());
    let (least, most) = (func.args.len() - func.optional, func.args.len());
    if given < least || (given > most && !func.repeats) {
        let wanted = match (least, func.repeats) {
            (least, true) => format!("{least} or more"),
            (least, false) if least == most => least.to_string(),
            (least, false) => format!("{least} to {most}"),
        };
        return Err(wrong(
            call.place.0,
            format!("`{}` takes {wanted} arguments, and {given} are given", func.name),
            signature(call),
        ));
    }
    for (position, argument) in call.args.iter().enumerate() {
        let wanted = func.args[position.min(most - 1)];
        let found = argument.value_type();
        if found != wanted {
            let reason = format!("`{}` wants {wanted} here, and this is {found}", func.name);
            return Err(wrong(argument.span(), reason, instead(wanted, found)));
        }
    }
    Ok(())
}

fn signature(call: &Call) -> String {
    let args: Vec<String> = call.func.args.iter().map(ToString::to_string).collect();
    if args.is_empty() { "write it without arguments".to_owned() } else { format!("it takes {}", args.join(", ")) }
}

fn instead(wanted: ValueType, found: ValueType) -> &'static str {
    match (wanted, found) {
        (ValueType::Matrix, ValueType::Vector) => "say over which time: `metric[5m]`",
        (ValueType::Vector, ValueType::Matrix) => "drop the range, or put a function such as `rate(…)` around it",
        (ValueType::Vector, ValueType::Scalar) => "make a vector of the number: `vector(…)`",
        (ValueType::Scalar, ValueType::Vector) => "write a number, or `scalar(…)` of one series",
        (ValueType::String, _) => "write a text in quotes",
        _ => "write what is wanted",
    }
}

/// Refuses what an aggregation cannot take.
pub(super) fn aggregate(aggregate: &Aggregate) -> Result<(), Unreadable> {
    let found = aggregate.expr.value_type();
    if found != ValueType::Vector {
        let reason = format!("`{}` aggregates an instant vector, and this is {found}", aggregate.op);
        return Err(wrong(aggregate.expr.span(), reason, instead(ValueType::Vector, found)));
    }
    let Some(parameter) = &aggregate.param else { return Ok(()) };
    let wanted = match aggregate.op {
        Aggregator::CountValues => ValueType::String,
        _ => ValueType::Scalar,
    };
    let found = parameter.value_type();
    if found != wanted {
        let reason = format!("`{}` wants {wanted} first, and this is {found}", aggregate.op);
        return Err(wrong(parameter.span(), reason, instead(wanted, found)));
    }
    Ok(())
}

pub(super) fn unary(unary: &Unary) -> Result<(), Unreadable> {
    let found = unary.expr.value_type();
    if matches!(found, ValueType::Scalar | ValueType::Vector) {
        return Ok(());
    }
    let reason = format!("a sign stands before a number or an instant vector, and this is {found}");
    Err(wrong(unary.expr.span(), reason, "drop the sign"))
}

/// Refuses sides that cannot be put together, and modifiers that do not fit the operator.
pub(super) fn binary(binary: &Binary) -> Result<(), Unreadable> {
    let (op, modifier) = (binary.op, &binary.modifier);
    for side in [&binary.lhs, &binary.rhs] {
        let found = side.value_type();
        if !matches!(found, ValueType::Scalar | ValueType::Vector) {
            let reason = format!("`{op}` stands between numbers and instant vectors, and this is {found}");
            return Err(wrong(side.span(), reason, instead(ValueType::Vector, found)));
        }
    }
    let scalars = [&binary.lhs, &binary.rhs].into_iter().filter(|side| side.is_scalar()).count();
    let refuse = |span: Span, reason: String, help: &str| Err(wrong(span, reason, help));
    if modifier.return_bool && !op.is_comparison() {
        return refuse(binary.op_place.0, format!("`bool` stands after comparisons, not after `{op}`"), "drop `bool`");
    }
    if op.is_comparison() && scalars == 2 && !modifier.return_bool {
        let help = format!("write `{op} bool`");
        return refuse(binary.op_place.0, "two numbers compared need `bool`".to_owned(), &help);
    }
    if op.is_set_operator() && scalars > 0 {
        let side = if binary.lhs.is_scalar() { &binary.lhs } else { &binary.rhs };
        let reason = format!("`{op}` stands between vectors, and this is a number");
        return refuse(side.span(), reason, "make a vector of the number: `vector(…)`");
    }
    if let Some(LabelModifier::Include(keys) | LabelModifier::Exclude(keys)) =
        modifier.matching.as_ref().filter(|_| scalars > 0)
        && !keys.labels.is_empty()
    {
        let reason = "labels are matched between two vectors, and one side is a number".to_owned();
        return refuse(keys.place.0, reason, "drop `on (…)` or `ignoring (…)`");
    }
    let Some(GroupModifier::Left(taken) | GroupModifier::Right(taken)) = &modifier.grouping else { return Ok(()) };
    if op.is_set_operator() {
        let reason = format!("`{op}` lets many meet many, and takes no `group_left` or `group_right`");
        return refuse(taken.place.0, reason, "drop it");
    }
    if let Some(LabelModifier::Include(on)) = &modifier.matching
        && let Some(key) = taken.labels.iter().find(|key| on.labels.contains(key))
    {
        let reason = format!("`{key}` is matched by, and so it is there already");
        return refuse(taken.span_of(key), reason, "name in `group_left` only labels that the one side has alone");
    }
    Ok(())
}
