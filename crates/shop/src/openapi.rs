//! The OpenAPI document of a service, made from its routes and messages.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, ComponentsBuilder, Content, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, Paths, PathsBuilder,
        Ref, RefOr, Required, Response, ResponseBuilder, Schema,
        path::{Operation, OperationBuilder, Parameter as Described, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBodyBuilder,
    },
};

use crate::{
    messages::Problem,
    routes::{Body, Method, Route},
    services::ServiceName,
    signals::VERSION,
};

/// Describes every route of a service: what it takes, what it gives, and each code that it can be refused with.
pub fn document(service: ServiceName) -> OpenApi {
    let info = InfoBuilder::new()
        .title(format!("Vitrine: {service}"))
        .version(VERSION)
        .description(Some(format!("{}.", service.row().purpose)))
        .build();
    OpenApiBuilder::new().info(info).paths(paths(service)).components(Some(components(service))).build()
}

fn paths(service: ServiceName) -> Paths {
    let routes = service.routes().iter();
    routes
        .fold(PathsBuilder::new(), |paths, route| {
            paths.path(route.path, PathItem::new(method(route.method), operation(route)))
        })
        .build()
}

fn method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::Get,
        Method::Post => HttpMethod::Post,
        Method::Put => HttpMethod::Put,
    }
}

fn operation(route: &Route) -> Operation {
    let mut operation = OperationBuilder::new().summary(Some(route.summary));
    for name in route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        operation = operation.parameter(parameter(name, ParameterIn::Path, "its identifier", true));
    }
    for query in route.parameters {
        operation = operation.parameter(parameter(query.name, ParameterIn::Query, query.meaning, query.required));
    }
    if let Some(body) = route.request {
        let body = RequestBodyBuilder::new().content("application/json", content(body)).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    let success = ResponseBuilder::new().description(route.summary);
    let success = match route.response {
        Some(body) => success.content("application/json", content(body)),
        None => success.content("application/json", Content::new::<RefOr<Schema>>(None)),
    };
    operation = operation.response(route.success.to_string(), success.build());
    let refusals = route.refusals();
    let mut statuses: Vec<u16> = refusals.iter().map(|code| code.status()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let codes = refusals.iter().filter(|code| code.status() == status);
        let meaning: Vec<_> = codes.map(|code| format!("`{}`: {}", code.as_str(), code.meaning())).collect();
        operation = operation.response(status.to_string(), refusal(&meaning.join(" ")));
    }
    operation.response("500", refusal("`internal_error`: Something of ours broke.")).build()
}

fn parameter(name: &str, place: ParameterIn, meaning: &str, required: bool) -> Described {
    let required = if required { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .description(Some(meaning))
        .required(required)
        .schema(Some(String::schema()))
        .build()
}

fn content(body: Body) -> Content {
    Content::new(Some(Ref::from_schema_name((body.name)())))
}

fn refusal(meaning: &str) -> Response {
    let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
    ResponseBuilder::new().description(meaning).content("application/problem+json", problem).build()
}

fn components(service: ServiceName) -> Components {
    let bodies = service.routes().iter().flat_map(|route| route.request.into_iter().chain(route.response));
    let mut schemas = Vec::new();
    for body in bodies.chain([Body::of::<Problem>()]) {
        schemas.push(((body.name)().into_owned(), (body.schema)()));
        (body.referred)(&mut schemas);
    }
    schemas.sort_by(|(a, _), (b, _)| a.cmp(b));
    schemas.dedup_by(|(a, _), (b, _)| a == b);
    ComponentsBuilder::new().schemas_from_iter(schemas).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::SERVICES;

    #[test]
    fn every_schema_that_is_referred_to_is_there() {
        for row in SERVICES {
            let document = serde_json::to_value(document(row.name)).expect("serialises");
            let schemas = &document["components"]["schemas"];
            let text = document.to_string();
            for reference in text.split("#/components/schemas/").skip(1) {
                let name = reference.split('"').next().expect("split gives at least one");
                assert!(schemas.get(name).is_some(), "{}: {name} is referred to, but not described", row.name);
            }
        }
    }

    #[test]
    fn a_path_with_two_methods_has_both() {
        let document = serde_json::to_value(document(ServiceName::Gateway)).expect("serialises");
        let orders = &document["paths"]["/api/v1/orders"];
        assert!(orders.get("get").is_some() && orders.get("post").is_some(), "{orders}");
    }
}
