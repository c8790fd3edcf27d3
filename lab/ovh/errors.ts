/** Answers other than success, in the form that suits every client: the current error body and the older one in one. */

const PHRASES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  429: "Too Many Requests",
  460: "Resource Expired",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  504: "Gateway Timeout",
};

const CLASSES: Record<number, string> = {
  400: "Client::BadRequest",
  401: "Client::Unauthorized",
  403: "Client::Forbidden",
  404: "Client::NotFound",
  409: "Client::Conflict",
  429: "Client::TooManyRequests",
  460: "Client::ResourceExpired",
  501: "Server::NotImplemented",
};

export const phrase = (status: number): string => PHRASES[status] ?? "Error";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    private readonly more: { class?: string; errorCode?: string; details?: object } = {},
  ) {
    super(message);
    this.name = "ApiError";
  }

  get body(): object {
    const kind = this.more.class ?? CLASSES[this.status] ?? "Server::InternalServerError";
    return {
      class: kind,
      message: this.message,
      ...(this.more.details ? { details: this.more.details } : {}),
      ...(this.more.errorCode ? { errorCode: this.more.errorCode } : {}),
      httpCode: `${this.status} ${phrase(this.status)}`,
    };
  }
}

export const badRequest = (message: string, kind = ""): ApiError =>
  new ApiError(400, message, { class: `Client::BadRequest${kind && `::${kind}`}` });
export const conflict = (message: string, kind = ""): ApiError =>
  new ApiError(409, message, { class: `Client::Conflict${kind && `::${kind}`}` });
export const notFound = (message = "This service does not exist", kind = ""): ApiError =>
  new ApiError(404, message, { class: `Client::NotFound${kind && `::${kind}`}` });
/** The usual words for a missing part of a service, e.g. missing("taskId", 0). */
export const missing = (what: string, id: string | number): ApiError =>
  notFound(`The requested object (${what} = ${id}) does not exist`);
